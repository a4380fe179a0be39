/**
 * A thousand people join at once, on a stack that runs: how many a second, how long until each has an account, and what
 * it costs in API calls, against calls of full pages. Start the stack, then: npm run bench -- joiner-storm [people].
 * Prints one JSON line last.
 */
import { randomBytes } from 'node:crypto';
import { submitHrEvents } from '#client/intake.ts';
import { untilSettled } from '#client/settled.ts';
import { countByState } from '#directory/hr-events.ts';
import { openDirectory } from '#directory/database.ts';
import { loadConfig, requireStack } from '#runtime/config.ts';

const people = Number(process.argv[2] ?? 1_000);
const PAGE = 200;
const config = requireStack(loadConfig());
const simulator = config.running?.urls['salesforce-simulator'] ?? '';
const directory = openDirectory(config.databaseUrl, 4);

await setUp();
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
const began = performance.now();
for (let start = 0; start < people; start += PAGE)
  await submitHrEvents(joiners.slice(start, start + PAGE), {
    directory,
    defaultTimeZone: 'UTC',
    source: 'bench',
  });
const acceptedSeconds = (performance.now() - began) / 1000;
await untilSettled(directory, ids, (left) => process.stderr.write(`\r${left} left   `));
const seconds = (performance.now() - began) / 1000;
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
console.log(
  JSON.stringify({
    bench: 'joiner-storm',
    people,
    states,
    acceptedSeconds: round(acceptedSeconds),
    seconds: round(seconds),
    perSecond: round(people / seconds),
    accountP50Seconds: round(latencies[Math.floor(latencies.length * 0.5)]?.seconds ?? 0),
    accountP95Seconds: round(latencies[Math.floor(latencies.length * 0.95)]?.seconds ?? 0),
    apiCalls: calls.length,
    createCalls: creates.length,
    createCallsOfFullPages: Math.ceil(people / PAGE),
    ratio: round(creates.length / Math.ceil(people / PAGE)),
  }),
);

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
