/**
 * How long a joiner or a leaver waits for the first call to Salesforce while an import of many people is at work, and how
 * long on the same stack when nothing is. Brings its own stack: npm run bench -- fairness [--rows N]. Every second somebody
 * joins or leaves at once, in turn. Fails when somebody waited for longer than two seconds. Prints one JSON line last.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { submitHrEvents } from '#client/intake.ts';
import { untilSettled } from '#client/settled.ts';
import { runImport, stageNewcomers } from './support/imports.ts';
import { newcomers, type Newcomer } from './support/newcomers.ts';
import { round, rowsAsked } from './support/options.ts';
import { openOrg } from './support/org.ts';
import { withOwnStack, type OwnStack } from './support/own-stack.ts';

const LONGEST_SECONDS = 2;
const EVERY_MS = 1_000;
const WHEN_IDLE = 20;
/** Who leaves has had an account before: no more than these can. */
const LEAVERS = 800;
/** Employee numbers of joiners, and ids of users; what is before them may be an encoded quotation mark. */
const MARKERS = /F\d{6}(?!\d)|005\w{15}/g;
const rows = rowsAsked(50_000);

process.exitCode = await withOwnStack(measure);

type Type = 'joiner' | 'leaver';

/** Somebody whose event was accepted; `marker` is in every call that is made for them. */
interface Submitted {
  id: string;
  type: Type;
  marker: string;
}

async function measure(stack: OwnStack): Promise<number> {
  await openOrg(stack.simulator);
  const first = await stageNewcomers(stack, newcomers('L', LEAVERS));
  await runImport(stack, first.id, LEAVERS);
  const log = followLog(stack.simulator);
  const submit = await submitter(stack);

  const idle: Submitted[] = [];
  for (let count = 0; count < WHEN_IDLE; count += 1) idle.push(await submit());
  const whenIdle = await waits(stack, log, idle);

  const { id } = await stageNewcomers(stack, newcomers('J', rows));
  const during: Submitted[] = [];
  let isAtWork = true;
  const crowd = async (): Promise<void> => {
    while (isAtWork) during.push(await submit());
  };
  const crowded = crowd();
  const seconds = await runImport(stack, id, rows).finally(() => {
    isAtWork = false;
  });
  await crowded;
  const whenImporting = await waits(stack, log, during);
  await log.end();
  console.log(
    JSON.stringify({
      bench: 'fairness',
      rows,
      importSeconds: round(seconds),
      joiner: summary(whenImporting, 'joiner'),
      leaver: summary(whenImporting, 'leaver'),
      idle: { joiner: summary(whenIdle, 'joiner'), leaver: summary(whenIdle, 'leaver') },
    }),
  );
  return whenImporting.some(({ seconds: waited }) => waited > LONGEST_SECONDS) ? 1 : 0;
}

/** Submits the next joiner or leaver, and takes a second for it. */
async function submitter({ directory }: OwnStack): Promise<() => Promise<Submitted>> {
  const joiners = newcomers('F', 100_000);
  const leavers = await directory<{ employeeNumber: string; nativeId: string }[]>`
    select employee_number as "employeeNumber", native_id as "nativeId" from account order by employee_number`;
  let submitted = 0;
  return async () => {
    const type: Type = submitted % 2 === 0 || leavers.length === 0 ? 'joiner' : 'leaver';
    const leaver = type === 'leaver' ? leavers.pop() : undefined;
    const event = leaver ? leaverEvent(leaver.employeeNumber) : joinerEvent(joiners[submitted]);
    submitted += 1;
    await submitHrEvents([event], { directory, defaultTimeZone: 'UTC', source: 'bench' });
    await sleep(EVERY_MS);
    return { id: event.id, type, marker: leaver?.nativeId ?? event.employeeNumber };
  };
}

function joinerEvent(person: Newcomer | undefined) {
  if (!person) throw new Error('there is nobody left to join');
  const { employeeNumber, ...profile } = person;
  return {
    id: `fairness-${employeeNumber}`,
    type: 'joiner',
    employeeNumber,
    effectiveDate: '2026-01-01',
    profile: { ...profile, country: 'US' },
  };
}

function leaverEvent(employeeNumber: string) {
  return { id: `fairness-${employeeNumber}`, type: 'leaver', employeeNumber, immediate: true };
}

interface Waited {
  type: Type;
  seconds: number;
}

/** From the inbox's note of acceptance to the arrival of the first call for each of them, once all of them are settled. */
async function waits({ directory }: OwnStack, log: Log, submitted: Submitted[]): Promise<Waited[]> {
  const ids = submitted.map(({ id }) => id);
  await untilSettled(directory, ids, () => undefined);
  await log.catchUp();
  const events = await directory<{ id: string; acceptedAt: string }[]>`
    select id, accepted_at as "acceptedAt" from hr_event where id = any(${ids})`;
  const accepted = new Map(events.map(({ id, acceptedAt }) => [id, Date.parse(acceptedAt)]));
  return submitted.map(({ id, type, marker }) => {
    const since = accepted.get(id) ?? Infinity;
    const called = log.firstCall(marker, since);
    if (called === undefined) throw new Error(`${id}: no call was seen; was the log too short?`);
    return { type, seconds: (called - since) / 1000 };
  });
}

interface Log {
  /** When the first call since then arrived that names this; milliseconds. */
  firstCall(marker: string, since: number): number | undefined;
  catchUp(): Promise<void>;
  end(): Promise<void>;
}

/** Looks at the simulator's requests every two seconds: it keeps them for a while only. */
function followLog(simulator: string): Log {
  const calls = new Map<string, number[]>();
  let seq = 0;
  const look = async (): Promise<void> => {
    const response = await fetch(`${simulator}/simulator/requests?since=${seq}`);
    const { requests } = (await response.json()) as { requests: LoggedRequest[] };
    for (const { seq: number, time, path, body } of requests) {
      seq = Math.max(seq, number);
      for (const [marker] of `${path} ${body}`.matchAll(MARKERS))
        calls.set(marker, [...(calls.get(marker) ?? []), Date.parse(time)]);
    }
  };
  let looking = Promise.resolve();
  const catchUp = (): Promise<void> => (looking = looking.then(look));
  const timer = setInterval(() => void catchUp().catch(() => undefined), 2_000);
  return {
    firstCall: (marker, since) => calls.get(marker)?.find((time) => time >= since),
    catchUp,
    async end() {
      clearInterval(timer);
      await looking;
    },
  };
}

interface LoggedRequest {
  seq: number;
  time: string;
  path: string;
  body: string;
}

function summary(waited: Waited[], type: Type) {
  const seconds = waited
    .filter((one) => one.type === type)
    .map((one) => one.seconds)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => round(seconds[Math.ceil(seconds.length * share) - 1] ?? 0);
  return { events: seconds.length, p50Seconds: at(0.5), p95Seconds: at(0.95), maxSeconds: at(1) };
}
