/**
 * A plan over ten thousand people who have no account yet, on a stack that runs: seconds, API calls, and how much memory
 * the worker and the command line need at most, beside a plan over a tenth of them. Start the stack, then: npm run
 * bench -- plan [people]. The people stay in the directory. Prints one JSON line last.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDirectory } from '#directory/database.ts';
import { loadConfig, requireStack } from '#runtime/config.ts';

const people = Number(process.argv[2] ?? 10_000);
const config = requireStack(loadConfig());
const simulator = config.running?.urls['salesforce-simulator'] ?? '';
const directory = openDirectory(config.databaseUrl, 2);
const wave = randomBytes(3).toString('hex');

await tell('/simulator/licenses', { name: 'Salesforce', total: 1_000_000 });
await employ(0, people / 10);
const baseline = await measure(people / 10);
await employ(people / 10, people);
const whole = await measure(people);
await directory.end();
console.log(
  JSON.stringify({
    bench: 'plan',
    ...whole,
    baseline,
    secondsAPersonRatio: round(whole.seconds / whole.people / (baseline.seconds / baseline.people)),
  }),
);

/** More people of this wave, in the group that is planned for. */
async function employ(from: number, to: number): Promise<void> {
  await directory.begin(async (tx) => {
    await tx`
      insert into person (employee_number, status, profile)
      select ${wave} || '-' || n, 'active', jsonb_build_object(
        'givenName', 'Ada', 'familyName', 'Byron ' || n, 'email', ${wave} || '-' || n || '@joinery-demo.example',
        'department', 'Sales', 'country', 'GB')
      from generate_series(${from + 1}::int, ${to}::int) as n`;
    await tx`insert into person_group (name, label) values (${`bench ${wave}`}, 'bench') on conflict do nothing`;
    await tx`
      insert into membership (group_name, employee_number)
      select ${`bench ${wave}`}, employee_number from person where employee_number like ${`${wave}-%`}
      on conflict do nothing`;
  });
}

/** `joinery plan` as somebody calls it, until its last line is read. */
async function measure(expected: number) {
  const before = await lastRequest();
  const worker = await workerPid();
  // The peak from here on: compiling the workflows at its start needs more.
  await writeFile(`/proc/${worker}/clear_refs`, '5');
  const workerIdleMb = await peakOf(worker);
  const began = performance.now();
  const cli = fileURLToPath(new URL('../client/cli/joinery.js', import.meta.url));
  const command = spawn(process.execPath, [cli, 'plan', '--group', `bench ${wave}`, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(command, 'exit');
  let peak = 0;
  const watching = setInterval(() => void peakOf(command.pid).then((mb) => (peak = Math.max(peak, mb))), 100);
  let lines = 0;
  for await (const line of createInterface(command.stdout)) if (line.includes('"employeeNumber":')) lines += 1;
  await exited;
  clearInterval(watching);
  const seconds = (performance.now() - began) / 1000;
  const [plan] = await directory<{ people: number; items: number }[]>`
    select (summary->>'people')::int as people, (select count(*)::int from plan_item where plan = plan.id) as items
    from plan order by id desc limit 1`;
  if (plan?.people !== expected || lines !== plan.items)
    throw new Error(`of ${expected} people ${plan?.people} were planned for, ${plan?.items} kept, ${lines} printed`);
  return {
    people: plan.people,
    items: plan.items,
    seconds: round(seconds),
    apiCalls: await countedSince(before),
    workerIdleMb,
    workerPeakMb: await peakOf(worker),
    cliPeakMb: peak,
  };
}

/** The most memory a process has had, in MB; 0 when it is gone. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}

/** The stack's worker, which is a child of the process that started the stack. */
async function workerPid(): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    );
    const isChild = Number(/PPid:\s+(\d+)/.exec(status ?? '')?.[1]) === config.running?.pid;
    if (isChild && command?.includes('worker/main.ts')) return Number(pid);
  }
  throw new Error('the worker of the stack is not found');
}

async function lastRequest(): Promise<number> {
  return (await requestsSince(0)).at(-1)?.seq ?? 0;
}

async function countedSince(seq: number): Promise<number> {
  return (await requestsSince(seq)).filter(({ counted }) => counted).length;
}

async function requestsSince(seq: number): Promise<{ seq: number; counted: boolean }[]> {
  const response = await fetch(`${simulator}/simulator/requests?since=${seq}`);
  return ((await response.json()) as { requests: { seq: number; counted: boolean }[] }).requests;
}

async function tell(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(simulator + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
