/**
 * A thousand people join at once, on a stack that runs: how many a second, how long until each has an account, what it costs
 * in API calls and processor time, and how near that is to what the Temporal server can take: as many empty workflows
 * with the same activities, in the same run. Start the stack, then: npm run bench -- joiner-storm [--rows N]. Prints one
 * JSON line last.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { submitHrEvents } from '#client/intake.ts';
import { untilSettled } from '#client/settled.ts';
import { countByState } from '#directory/hr-events.ts';
import { openDirectory } from '#directory/database.ts';
import { loadConfig, requireStack } from '#runtime/config.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { ceiling, shapeOf } from './storm/ceiling.ts';
import { cpuMsEach, cpuSeconds, errorsSince, logSizes, type CpuSeconds } from './storm/stack-processes.ts';

const { values, positionals } = parseArgs({ options: { rows: { type: 'string' } }, allowPositionals: true });
const people = Number(values.rows ?? positionals[0] ?? 1_000);
const PAGE = 200;
const config = requireStack(loadConfig());
const { running } = config;
if (!running) throw new Error('no stack runs here: npm start');
const { pid: stackPid, logDir } = running;
const simulator = running.urls['salesforce-simulator'] ?? '';
const directory = openDirectory(config.databaseUrl, 4);
const connection = await Connection.connect(config.temporal.connectionOptions);
const client = new Client({ connection, namespace: config.temporal.namespace });

await setUp();
const logs = await logSizes(logDir);
const before = (await requestsSince(0)).at(-1)?.seq ?? 0;
const wave = randomBytes(3).toString('hex');
const joiners = Array.from({ length: people }, (_, index) => ({
  id: `storm-${wave}-${index}`,
  type: 'joiner',
  employeeNumber: `S${wave}${index}`,
  effectiveDate: '2026-01-01',
  profile: {
    givenName: inLetters(index % 60),
    familyName: `${inLetters(index)}${letters(wave)}`,
    email: `storm-${wave}-${index}@joinery-demo.example`,
    department: 'Sales',
    country: 'US',
  },
}));
const ids = joiners.map(({ id }) => id);
let acceptedSeconds = 0;
let seconds = 0;
const cpu = await cpuEach(async () => {
  const began = performance.now();
  for (let start = 0; start < people; start += PAGE)
    await submitHrEvents(joiners.slice(start, start + PAGE), { directory, defaultTimeZone: 'UTC', source: 'bench' });
  acceptedSeconds = (performance.now() - began) / 1000;
  await untilSettled(directory, ids, (left) => process.stderr.write(`\r${left} left   `));
  seconds = (performance.now() - began) / 1000;
});
process.stderr.write('\n');

const calls = (await requestsSince(before)).filter(({ counted }) => counted);
const creates = calls.filter(
  ({ method, path, body }) => method === 'POST' && path.endsWith('/composite/sobjects') && body.includes('"LastName"'),
);
const latencies = await directory<{ seconds: number }[]>`
  select extract(epoch from account.seen_at - hr_event.accepted_at)::float8 as seconds
  from hr_event join account using (employee_number) where hr_event.id = any(${ids}) order by 1`;
const states = await countByState(directory, ids);
await directory.end();

const shape = await shapeOf(client, personWorkflowId(joiners[people >> 1]?.employeeNumber ?? ''));
const atMost = await ceiling(client, { workflows: people, rounds: shape.rounds }, cpuEach);
await connection.close();
const errors = await errorsSince(logDir, logs);
for (const line of errors.slice(0, 5)) process.stderr.write(`${line}\n`);
console.log(
  JSON.stringify({
    bench: 'joiner-storm',
    people,
    states,
    errors: errors.length,
    acceptedSeconds: round(acceptedSeconds),
    seconds: round(seconds),
    workflowsPerSecond: round(people / seconds),
    ceiling: round(people / atMost.seconds),
    share: round(atMost.seconds / seconds),
    accountP50Seconds: round(latencies[Math.floor(latencies.length * 0.5)]?.seconds ?? 0),
    accountP95Seconds: round(latencies[Math.floor(latencies.length * 0.95)]?.seconds ?? 0),
    activities: shape.activities,
    localActivities: shape.localActivities,
    historyEvents: shape.events,
    cpuMsEach: cpu,
    ceilingCpuMsEach: atMost.measured,
    apiCalls: calls.length,
    createCalls: creates.length,
    createCallsOfFullPages: Math.ceil(people / PAGE),
  }),
);

/** Milliseconds of processor time for each person while this runs: of the stack's parts, of this process, of the empty worker. */
async function cpuEach(run: () => Promise<void>): Promise<CpuSeconds> {
  const read = async (): Promise<CpuSeconds> => {
    const [stack, { start: bench = 0, emptyWorker = 0 }] = await Promise.all([
      cpuSeconds(stackPid),
      cpuSeconds(process.pid),
    ]);
    return { ...stack, bench, emptyWorker };
  };
  const begun = await read();
  await run();
  return cpuMsEach(begun, await read(), people);
}

/** A name nobody else has: people's names differ, and so do what is derived of them. */
function inLetters(index: number): string {
  return letters(index.toString(16).padStart(3, '0'));
}

function letters(hex: string): string {
  return hex.replace(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)));
}

/** Licences for everybody, and an org that answers as slowly as one across the Internet does. */
async function setUp(): Promise<void> {
  await tell('/simulator/licenses', { name: 'Salesforce', total: 100_000 });
  await tell('/simulator/limits', { latencyMs: 50 });
}

async function tell(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(simulator + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

interface LoggedRequest {
  seq: number;
  method: string;
  path: string;
  body: string;
  counted: boolean;
}

async function requestsSince(seq: number): Promise<LoggedRequest[]> {
  const response = await fetch(`${simulator}/simulator/requests?since=${seq}`);
  return ((await response.json()) as { requests: LoggedRequest[] }).requests;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
