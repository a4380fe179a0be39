// The simulator's own endpoints, `/simulator/…`: a test orders faults here, reads what was requested, and sets what an
// administrator or the passing of time would set in a real org. README.md lists them.

import { z } from 'zod';

import {
  blockerOrder,
  bulkOrder,
  connectedAppOrder,
  faultOrder,
  fieldOrder,
  licenseOrder,
  limitsOrder,
  refreshTokenOrder,
  securityTokenOrder,
} from './admin-schemas.ts';
import { BLOCKER_MESSAGES, clearBlockers, setBlocker } from './blockers.ts';
import type { FaultOrder } from './faults.ts';
import { type Answer, type Call, json } from './http.ts';
import { setSeats } from './licenses.ts';
import { addCustomField, resetOrg } from './org.ts';
import { type ConnectedApp, connectedApps, issueRefreshToken, saveConnectedApp } from './sessions.ts';
import { makeSecurityToken } from './passwords.ts';
import type { Simulator } from './simulator.ts';
import { state } from './state.ts';

type AdminHandler = (simulator: Simulator, call: Call, id: string) => Answer | Promise<Answer>;

const LONGEST_WAIT_MS = 120_000;
const ROUTES: [method: string, path: RegExp, AdminHandler][] = [
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
  ['DELETE', /^\/simulator\/requests$/, ({ log }) => done(() => log.clear())],
  ['POST', /^\/simulator\/reset$/, reset],
  ['GET', /^\/simulator\/state$/, (simulator) => json(200, state(simulator))],
  ['POST', /^\/simulator\/licenses$/, setLicense],
  ['POST', /^\/simulator\/limits$/, setLimits],
  ['POST', /^\/simulator\/bulk$/, holdJobs],
  ['POST', /^\/simulator\/blockers$/, block],
  ['DELETE', /^\/simulator\/blockers$/, ({ org }) => done(() => org.store.transaction(() => clearBlockers(org)))],
  ['GET', /^\/simulator\/connected-apps$/, ({ org }) => json(200, { apps: Object.keys(connectedApps(org)) })],
  ['POST', /^\/simulator\/connected-apps$/, saveApp],
  ['POST', /^\/simulator\/refresh-tokens$/, makeRefreshToken],
  ['POST', /^\/simulator\/security-tokens$/, giveSecurityToken],
  ['POST', /^\/simulator\/fields$/, addField],
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
    if (error instanceof Refusal) return json(error.status, { error: error.message });
    throw error;
  }
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function waitForHit({ faults }: Simulator, call: Call, id: string): Promise<Answer> {
  const after = Number(call.query.get('after') ?? 0);
  const timeoutMs = Math.min(LONGEST_WAIT_MS, Number(call.query.get('timeoutMs') ?? LONGEST_WAIT_MS));
  if (faults.get(id) === undefined) return refuse(404, `no fault ${id}`);
  const hit = await faults.waitForHit(id, after, timeoutMs);
  return json(200, { hit, hits: faults.get(id)?.hits ?? 0 });
}

function reset(simulator: Simulator): Answer {
  simulator.faults.clear();
  simulator.log.clear();
  simulator.locators.clear();
  simulator.bulk.hold(undefined);
  simulator.usage.set(0);
  resetOrg(simulator.org);
  return done();
}

function setLicense({ org }: Simulator, call: Call): Answer {
  const { name, total } = read(licenseOrder, call);
  const known = org.store.transaction(() => setSeats(org, name, total));
  return known ? done() : refuse(404, `no licence ${name}`);
}

function setLimits(simulator: Simulator, call: Call): Answer {
  const { dailyApiRequests, usedApiRequests, sessionTtlMs, latencyMs } = read(limitsOrder, call);
  const { store } = simulator.org;
  store.transaction(() => {
    if (dailyApiRequests !== undefined) store.set('dailyApiRequests', dailyApiRequests);
    if (sessionTtlMs !== undefined) store.set('sessionTtlMs', sessionTtlMs);
  });
  if (usedApiRequests !== undefined) simulator.usage.set(usedApiRequests);
  if (latencyMs !== undefined) simulator.latencyMs = latencyMs;
  return done();
}

function holdJobs({ bulk }: Simulator, call: Call): Answer {
  const { hold, afterRows } = read(bulkOrder, call);
  return done(() => bulk.hold(hold === null ? undefined : { state: hold, afterRows }));
}

function block({ org }: Simulator, call: Call): Answer {
  const order = read(blockerOrder, call);
  const user = org.store.find('User', 'Username', order.username)[0] ?? refuse(404, `no user ${order.username}`);
  const message =
    'reason' in order
      ? BLOCKER_MESSAGES[order.reason].replace('{label}', order.label).replace('{name}', String(user.Name))
      : (order.message ?? undefined);
  return done(() => org.store.transaction(() => setBlocker(org, user.Id, message)));
}

function saveApp({ org }: Simulator, call: Call): Answer {
  const app = read(connectedAppOrder, call) as ConnectedApp;
  return done(() => org.store.transaction(() => saveConnectedApp(org, app)));
}

function makeRefreshToken({ org }: Simulator, call: Call): Answer {
  const { clientId, username } = read(refreshTokenOrder, call);
  const user = org.store.find('User', 'Username', username)[0] ?? refuse(404, `no user ${username}`);
  return json(201, { refresh_token: org.store.transaction(() => issueRefreshToken(org, user.Id, clientId)) });
}

function giveSecurityToken({ org }: Simulator, call: Call): Answer {
  const { username } = read(securityTokenOrder, call);
  const user = org.store.find('User', 'Username', username)[0] ?? refuse(404, `no user ${username}`);
  return json(201, { securityToken: org.store.transaction(() => makeSecurityToken(org, user)) });
}

function addField({ org }: Simulator, call: Call): Answer {
  const { label, ...order } = read(fieldOrder, call);
  const field = { ...order, label: label ?? order.name.replace(/__c$/, '').replaceAll('_', ' ') };
  const added = org.store.transaction(() => addCustomField(org, field));
  return added ? done() : refuse(409, `${order.object} is not known or already has ${order.name}`);
}

function read<T>(schema: z.ZodType<T>, call: Call): T {
  let body: unknown;
  try {
    body = JSON.parse(call.body === '' ? '{}' : call.body);
  } catch {
    return refuse(400, 'the body is not JSON');
  }
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : refuse(400, z.prettifyError(parsed.error));
}

/** Does the work, when there is any left to do, and says so. */
function done(work?: () => void): Answer {
  work?.();
  return json(200, { done: true });
}

function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}
