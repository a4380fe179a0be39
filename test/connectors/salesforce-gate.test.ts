/** One Salesforce org is asked by so many calls at a time: fewer when it says so, the urgent first, and what it has left. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallContext, Connector } from '#connectors/connector.ts';
import { callFailure, limitIn } from '#connectors/salesforce/failures.ts';
import { createGate, type Gate } from '#connectors/salesforce/gate.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount, onlyId } from './salesforce-org.ts';

const TOO_MANY = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }];
const USED_UP = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }];

describe('salesforce', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org, { concurrency: 1 });
    await connector.listEntitlements();
    await org.clearLog();
  });
  afterEach(() => org.close());

  // Each is a call of its own: nobody rides with a question whose answers can not be compared here.
  const ask = (name: string, context: CallContext = {}) =>
    connector.find([{ attribute: 'Name', values: [name] }], context);
  const asked = async () =>
    (await org.requests()).map(({ body }) => /Name IN \('(\w+)'/.exec(decodeURIComponent(body))?.[1]);
  const hold = () => org.addFault({ match: { path: '/composite' }, action: { kind: 'hold' } });
  const refuseOnce = (body: object[]) =>
    org.addFault({ match: { path: '/composite' }, action: { kind: 'status', status: 403, body } });

  it('serves the urgent first, and equals as they came', async () => {
    const held = await hold();
    const calls = [ask('A')];
    await held.hit();
    calls.push(ask('B'), ask('C'), ask('D', { urgent: true }), ask('E', { urgent: true }));
    await held.release();
    await Promise.all(calls);
    expect(await asked()).toEqual(['A', 'D', 'E', 'B', 'C']);
  });

  it('serves bulk last', async () => {
    const held = await hold();
    const calls = [ask('A', { bulk: true })];
    await held.hit();
    calls.push(ask('B', { bulk: true }), ask('C', { bulk: true }), ask('D'), ask('E', { urgent: true }));
    await held.release();
    await Promise.all(calls);
    expect(await asked()).toEqual(['A', 'E', 'D', 'B', 'C']);
  });

  it('lets no row wait for company in bulk, nor ride with it', async () => {
    connector = connect(org, { concurrency: 4, timeoutMs: 60_000 });
    const ids = (await connector.create([newAccount(1), newAccount(2)])).map((outcome) => onlyId([outcome]));
    const held = await org.addFault({ match: { method: 'PATCH' }, action: { kind: 'hold' } });
    const inBulk = connector.unfreeze(ids.slice(0, 1), { bulk: true });
    await held.hit();
    const began = performance.now();
    onlyId(await connector.unfreeze(ids.slice(1)));
    expect(performance.now() - began).toBeLessThan(1_000);
    await held.release();
    onlyId(await inBulk);
  });

  it('is never asked by a caller that gave up while it waited its turn', async () => {
    const held = await hold();
    const calls = [ask('A')];
    await held.hit();
    const stop = new AbortController();
    const impatient = failureOf(ask('B', { signal: stop.signal }));
    calls.push(ask('C'));
    stop.abort();
    expect(await impatient).toMatchObject({
      kind: 'transient',
      message: 'salesforce: find accounts: cancelled before anything was sent',
    });
    await held.release();
    await Promise.all(calls);
    expect(await asked()).toEqual(['A', 'C']);
  });

  it('freezes a leaver though a call of the same kind for others is still on its way', async () => {
    connector = connect(org, { concurrency: 2, timeoutMs: 60_000 });
    const ids = (await connector.create([newAccount(1), newAccount(2)])).map((outcome) => onlyId([outcome]));
    const held = await org.addFault({ match: { method: 'PATCH' }, action: { kind: 'hold' } });
    const unfreeze = connector.unfreeze(ids.slice(0, 1));
    await held.hit();
    const began = performance.now();
    onlyId(await connector.freeze(ids.slice(1), { urgent: true }));
    // Nobody else would leave before that call is back, or has kept them waiting for three seconds.
    expect(performance.now() - began).toBeLessThan(1_000);
    await held.release();
    onlyId(await unfreeze);
  });

  it.each([1, 3])('is asked by %s calls at a time, as the settings say', async (concurrency) => {
    connector = connect(org, { concurrency });
    expect(await atATime()).toBe(concurrency);
  });

  it('is asked by half as many once it refuses for too many, and by more again as it answers', async () => {
    connector = connect(org, { concurrency: 4 });
    await refuseOnce(TOO_MANY);
    expect(await failureOf(ask('A'))).toMatchObject({ kind: 'throttled', retryAfterMs: 15_000 });
    expect(await atATime()).toBe(2);
    for (let answers = 0; answers < 8; answers += 1) await ask('A');
    expect(await atATime()).toBe(4);
  });

  it('says with every answer how many API calls are used', async () => {
    await org.setLimits({ dailyApiRequests: 500, usedApiRequests: 100 });
    await ask('A');
    expect(connector.usage()).toEqual({ used: 101, total: 500 });
    await ask('B');
    expect(connector.usage()).toEqual({ used: 102, total: 500 });
    expect(connect(org).usage()).toBeUndefined();
  });

  it('has none left when it says so, until an answer says otherwise', async () => {
    await org.setLimits({ dailyApiRequests: 500, usedApiRequests: 100 });
    await ask('A');
    await refuseOnce(USED_UP);
    expect((await failureOf(ask('B'))).kind).toBe('throttled');
    expect(connector.usage()).toEqual({ used: 500, total: 500 });
    await ask('C');
    expect(connector.usage()).toEqual({ used: 102, total: 500 });
  });

  /** How many of ten calls Salesforce has before it answers the first of them. */
  async function atATime(): Promise<number> {
    await connector.find([{ attribute: 'Name', values: ['warm'] }]);
    await org.clearLog();
    await org.addFault({ match: { path: '/composite' }, times: 10, action: { kind: 'delay', ms: 200 } });
    await Promise.all(Array.from({ length: 10 }, () => ask('X')));
    const { requests } = (await (await fetch(`${org.url}/simulator/requests`)).json()) as { requests: Timed[] };
    const firstAnswer = Math.min(...requests.map(({ time, durationMs }) => Date.parse(time) + durationMs));
    return requests.filter(({ time }) => Date.parse(time) < firstAnswer).length;
  }
});

interface Timed {
  time: string;
  durationMs: number;
}

describe('the gate', () => {
  const TOLD = callFailure(Object.assign(new Error(), { data: TOO_MANY }), { action: 'try', status: 403 });
  const gateFor = (most: number) => createGate(most, (error) => limitIn(error) === 'concurrency');
  const refused = (gate: Gate) => gate.pass({}, () => Promise.reject(TOLD)).catch(() => undefined);

  it('takes the refusals of calls that ran together for one', async () => {
    const gate = gateFor(8);
    await Promise.all([1, 2, 3].map(() => refused(gate)));
    expect(await widthOf(gate)).toBe(4);
    await refused(gate);
    expect(await widthOf(gate)).toBe(2);
  });

  it.each([
    [1, 1],
    [2, 1],
    [5, 4],
    [10, 8],
  ])('of %s places gives bulk %s, and the others to whoever comes', async (most, inBulk) => {
    const gate = gateFor(most);
    const bulk = await crowd(gate, { bulk: true });
    expect(bulk.width).toBe(inBulk);
    expect(await widthOf(gate)).toBe(most - inBulk);
    await bulk.stop();
  });

  it('lets one bulk call through for every fifty others, where these never cease to come', async () => {
    const gate = gateFor(1);
    const order: string[] = [];
    const pass = (name: string, context: CallContext) => gate.pass(context, () => Promise.resolve(order.push(name)));
    await Promise.all([
      ...['first', 'second', 'third', 'fourth'].map((name) => pass(name, { bulk: true })),
      ...Array.from({ length: 120 }, (_, index) => pass(`other ${index}`, {})),
    ]);
    expect(['first', 'second', 'third', 'fourth'].map((name) => order.indexOf(name))).toEqual([0, 51, 102, 123]);
  });

  it('opens one by one, and never wider than it was', async () => {
    const gate = gateFor(3);
    for (let refusals = 0; refusals < 5; refusals += 1) await refused(gate);
    const widths: number[] = [];
    for (let answers = 0; answers < 6; answers += 1) {
      widths.push(await widthOf(gate));
      await gate.pass({}, () => Promise.resolve());
    }
    expect(widths).toEqual([1, 2, 2, 2, 3, 3]);
  });
});

/** How many of many steps run at a time. They fail for a reason of their own, which teaches the gate nothing. */
async function widthOf(gate: Gate): Promise<number> {
  const { width, stop } = await crowd(gate, {});
  await stop();
  return width;
}

/** Many steps that run until they are stopped, and how many of them do at a time. */
async function crowd(gate: Gate, context: CallContext): Promise<{ width: number; stop: () => Promise<unknown> }> {
  let width = 0;
  const ending = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(new Error('stopped')));
  });
  // A gate that lets nobody in leaves it to nobody.
  stopped.catch(() => undefined);
  const step = () => {
    width += 1;
    return stopped;
  };
  const steps = Array.from({ length: 12 }, () =>
    gate.pass({ ...context, signal: ending.signal }, step).catch(() => undefined),
  );
  await setImmediate();
  return {
    width,
    stop: () => {
      ending.abort();
      return Promise.all(steps);
    },
  };
}
