// The simulator's own endpoints, `/simulator/…`: a test orders faults here, reads what was requested, and sets what an
// administrator or the passing of time would set in a real org. README.md lists them.

import { done, read, refusalAnswer, refuse, type Route, userNamed } from './admin-answers.ts';
import { orgRoutes } from './admin-org.ts';
import {
  bulkOrder,
  connectedAppOrder,
  faultOrder,
  limitsOrder,
  refreshTokenOrder,
  securityTokenOrder,
} from './admin-schemas.ts';
import type { FaultOrder } from './faults.ts';
import { type Answer, type Call, json } from './http.ts';
import { resetOrg } from './org.ts';
import { type ConnectedApp, connectedApps, issueRefreshToken, saveConnectedApp } from './sessions.ts';
import { makeSecurityToken } from './passwords.ts';
import type { Simulator } from './simulator.ts';
import { state } from './state.ts';

const LONGEST_WAIT_MS = 120_000;
const ROUTES: Route[] = [
  ['GET', /^\/simulator\/faults$/, ({ faults }) => json(200, { faults: faults.all() })],
  ['POST', /^\/simulator\/faults$/, ({ faults }, call) => json(201, faults.add(read(faultOrder, call) as FaultOrder))],
  ['DELETE', /^\/simulator\/faults$/, ({ faults }) => done(() => faults.clear())],
  [
    'GET',
    /^\/simulator\/faults\/(\w+)$/,
    ({ faults }, _, id) => json(200, faults.get(id) ?? refuse(404, `no fault ${id}`)),
  ],
  ['DELETE', /^\/simulator\/faults\/(\w+)$/, ({ faults }, _, id) => json(200, { removed: faults.remove(id) })],
  ['POST', /^\/simulator\/faults\/(\w+)\/release$/, ({ faults }, _, id) => json(200, { released: faults.release(id) })],
  ['GET', /^\/simulator\/faults\/(\w+)\/hit$/, waitForHit],
  [
    'GET',
    /^\/simulator\/requests$/,
    ({ log }, call) => json(200, { requests: log.since(Number(call.query.get('since') ?? 0)), last: log.last }),
  ],
  ['DELETE', /^\/simulator\/requests$/, forgetRequests],
  ['POST', /^\/simulator\/reset$/, reset],
  ['GET', /^\/simulator\/state$/, (simulator) => json(200, state(simulator))],
  ['POST', /^\/simulator\/limits$/, setLimits],
  ['POST', /^\/simulator\/bulk$/, holdJobs],
  ['GET', /^\/simulator\/connected-apps$/, ({ org }) => json(200, { apps: Object.keys(connectedApps(org)) })],
  ['POST', /^\/simulator\/connected-apps$/, saveApp],
  ['POST', /^\/simulator\/refresh-tokens$/, makeRefreshToken],
  ['POST', /^\/simulator\/security-tokens$/, giveSecurityToken],
  ...orgRoutes,
];

/** Answers a call to `/simulator/…`. */
export async function admin(simulator: Simulator, call: Call): Promise<Answer> {
  try {
    for (const [method, path, handler] of ROUTES) {
      const found = path.exec(call.path);
      if (found !== null && method === call.method) return await handler(simulator, call, found[1] ?? '');
    }
    return refuse(404, `no endpoint ${call.method} ${call.path}`);
  } catch (error) {
    return refusalAnswer(error);
  }
}

async function waitForHit({ faults }: Simulator, call: Call, id: string): Promise<Answer> {
  const after = Number(call.query.get('after') ?? 0);
  const timeoutMs = Math.min(LONGEST_WAIT_MS, Number(call.query.get('timeoutMs') ?? LONGEST_WAIT_MS));
  if (faults.get(id) === undefined) return refuse(404, `no fault ${id}`);
  const hit = await faults.waitForHit(id, after, timeoutMs);
  return json(200, { hit, hits: faults.get(id)?.hits ?? 0 });
}

function forgetRequests({ log, inFlight }: Simulator): Answer {
  log.clear();
  inFlight.reset();
  return done();
}

function reset(simulator: Simulator): Answer {
  simulator.faults.clear();
  forgetRequests(simulator);
  simulator.locators.clear();
  simulator.bulk.hold(undefined);
  simulator.usage.set(0);
  resetOrg(simulator.org);
  return done();
}

function setLimits(simulator: Simulator, call: Call): Answer {
  const { dailyApiRequests, usedApiRequests, sessionTtlMs, latencyMs, concurrentRequests } = read(limitsOrder, call);
  const { store } = simulator.org;
  store.transaction(() => {
    if (dailyApiRequests !== undefined) store.set('dailyApiRequests', dailyApiRequests);
    if (sessionTtlMs !== undefined) store.set('sessionTtlMs', sessionTtlMs);
    if (concurrentRequests !== undefined) simulator.inFlight.limit = concurrentRequests;
  });
  if (usedApiRequests !== undefined) simulator.usage.set(usedApiRequests);
  if (latencyMs !== undefined) simulator.latencyMs = latencyMs;
  return done();
}

function holdJobs({ bulk }: Simulator, call: Call): Answer {
  const { hold, afterRows } = read(bulkOrder, call);
  return done(() => bulk.hold(hold === null ? undefined : { state: hold, afterRows }));
}

function saveApp({ org }: Simulator, call: Call): Answer {
  const app = read(connectedAppOrder, call) as ConnectedApp;
  return done(() => org.store.transaction(() => saveConnectedApp(org, app)));
}

function makeRefreshToken({ org }: Simulator, call: Call): Answer {
  const { clientId, username } = read(refreshTokenOrder, call);
  const user = userNamed(org, username);
  return json(201, { refresh_token: org.store.transaction(() => issueRefreshToken(org, user.Id, clientId)) });
}

function giveSecurityToken({ org }: Simulator, call: Call): Answer {
  const { username } = read(securityTokenOrder, call);
  const user = userNamed(org, username);
  return json(201, { securityToken: org.store.transaction(() => makeSecurityToken(org, user)) });
}
