// The simulator's HTTP server: reads a call, has it answered, lets the ordered faults spoil it, and notes it in the log.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { admin } from './admin.ts';
import { objectOfJob } from './bulk-jobs.ts';
import { BulkWorker } from './bulk-worker.ts';
import { SalesforceError } from './errors.ts';
import { faultAnswer } from './fault-answers.ts';
import { type Action, Faults, type FaultView } from './faults.ts';
import { type Answer, type Call, errorAnswer, readCall } from './http.ts';
import { InFlight } from './in-flight.ts';
import { Locators } from './locators.ts';
import { openOrg } from './org.ts';
import { page } from './page.ts';
import { type LoggedRequest, RequestLog, sobjectsOf } from './request-log.ts';
import type { Caller } from './row-rules.ts';
import { bearerToken, endSession } from './sessions.ts';
import { answerCall, type Simulator } from './simulator.ts';
import { Usage } from './usage.ts';

export interface SimulatorOptions {
  /** 0 takes a free port. */
  port: number;
  host: string;
  /** Where the org is kept; without a file it lives in memory. */
  file?: string;
  latencyMs?: number;
}

export interface RunningSimulator {
  url: string;
  /** Stops listening, cuts every connection, and closes the file. */
  close(): Promise<void>;
}

/** On every answer, so that whoever connects can tell this from a real org. */
const SIMULATED = { 'X-Joinery-Simulator': 'salesforce' };
// Node's own limit would answer before the simulator can: Salesforce's is checked in simulator.ts.
const MAX_HEADER_BYTES = 256 * 1024;

/** Starts a simulated Salesforce org and resolves when it listens. */
export async function startSalesforceSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const org = await openOrg(options.file);
  const simulator: Simulator = {
    org,
    locators: new Locators(),
    usage: new Usage(org),
    bulk: new BulkWorker(org),
    inFlight: new InFlight(org),
    faults: new Faults(),
    log: new RequestLog(),
    latencyMs: options.latencyMs ?? 0,
  };
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    serve(simulator, request, response).catch((error: unknown) => send(response, errorAnswer(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  simulator.bulk.wake();
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      simulator.faults.clear();
      simulator.bulk.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      org.store.close();
    },
  };
}

async function serve(simulator: Simulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isApiCall = request.url?.startsWith('/services/data/') === true;
  if (!isApiCall) return serveCall(simulator, await readCall(request), response);
  return simulator.inFlight.during(async (refused) => serveCall(simulator, await readCall(request), response, refused));
}

async function serveCall(
  simulator: Simulator,
  call: Call,
  response: ServerResponse,
  refused?: SalesforceError,
): Promise<void> {
  if (call.path === '/' && call.method === 'GET') return send(response, page(simulator, call));
  if (call.path.startsWith('/simulator/')) return send(response, await admin(simulator, call));
  const sobjects = [...new Set([...sobjectsOf(call), ...objectOfJob(simulator.org, call)])];
  const logged = simulator.log.start(call, sobjects);
  const started = performance.now();
  try {
    if (refused !== undefined) return finish(response, errorAnswer(refused), logged);
    if (simulator.latencyMs > 0) await sleep(simulator.latencyMs);
    await serveWithFault(simulator, call, response, simulator.faults.claim(call, sobjects), logged);
  } finally {
    logged.durationMs = Math.round((performance.now() - started) * 10) / 10;
  }
}

async function serveWithFault(
  simulator: Simulator,
  call: Call,
  response: ServerResponse,
  fault: FaultView | undefined,
  logged: LoggedRequest,
): Promise<void> {
  const action = fault?.action;
  const hit = (): void => simulator.faults.hit(fault?.id ?? '');
  const instead = faultAnswer(action);
  if (instead !== undefined) {
    hit();
    return finish(response, instead, logged);
  }
  if (action?.kind === 'cut' && action.when === 'before-commit') {
    hit();
    response.socket?.destroy();
    return;
  }
  if (action?.kind === 'expire-session') expireSession(simulator, call);
  if (action?.kind === 'delay') await sleep(action.ms);
  const { answer, counted } = await answerCall(simulator, call, orderedError(action));
  logged.counted = counted;
  if (action?.kind === 'hold') {
    await simulator.faults.hold(fault?.id ?? '', whenGone(response));
    return finish(response, answer, logged);
  }
  if (action !== undefined) hit();
  if (action?.kind === 'cut') response.socket?.destroy();
  else if (action?.kind === 'stall-body' || action?.kind === 'reset-mid-body') sendHalf(response, answer, action.kind);
  else finish(response, answer, logged);
}

function finish(response: ServerResponse, answer: Answer, logged: LoggedRequest): void {
  if (response.destroyed) return;
  logged.status = answer.status;
  send(response, answer);
}

function send(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  const length = answer.status === 204 ? {} : { 'Content-Length': body.length };
  response.writeHead(answer.status, { ...answer.headers, ...length, ...SIMULATED });
  response.end(body);
}

/** Promises the whole body and sends half of it: then nothing more, or a reset of the connection. */
function sendHalf(response: ServerResponse, answer: Answer, then: 'stall-body' | 'reset-mid-body'): void {
  // An answer without a body promises one all the same, or there would be nothing to stall in.
  const body = Buffer.from(answer.body === '' ? '{}' : answer.body);
  const status = answer.status === 204 ? 200 : answer.status;
  response.writeHead(status, { ...answer.headers, 'Content-Length': body.length, ...SIMULATED });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (then === 'reset-mid-body') response.socket?.resetAndDestroy();
  });
}

function orderedError(action: Action | undefined): Caller['orderedError'] {
  if (action?.kind !== 'row-error') return undefined;
  return ({ place, username, id }) => {
    const named = action.username === undefined ? id === action.id : sameName(username, action.username);
    const meant = action.username === undefined && action.id === undefined ? place === (action.row ?? 0) : named;
    return meant ? new SalesforceError(action.statusCode, action.message, { fields: action.fields ?? [] }) : undefined;
  };
}

function sameName(username: unknown, wanted: string): boolean {
  return typeof username === 'string' && username.toLowerCase() === wanted.toLowerCase();
}

function expireSession(simulator: Simulator, call: Call): void {
  const token = bearerToken(call.headers.authorization) ?? '';
  simulator.org.store.transaction(() => endSession(simulator.org, token));
}

function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
