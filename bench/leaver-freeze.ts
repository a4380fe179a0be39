/**
 * How long after HR's word a leaver is frozen, on a stack that runs and is idle, against a bare script that freezes with
 * the same two API calls. Start the stack, then: npm run bench -- leaver-freeze [people]. Prints one JSON line last.
 */
import { randomBytes } from 'node:crypto';
import { sign } from '#client/http/signature.ts';
import { submitHrEvents } from '#client/intake.ts';
import { untilSettled } from '#client/settled.ts';
import { openDirectory, type Sql } from '#directory/database.ts';
import { loadConfig, requireStack } from '#runtime/config.ts';

const people = Number(process.argv[2] ?? 20);
const config = requireStack(loadConfig());
const urls = config.running?.urls ?? {};
const directory = openDirectory(config.databaseUrl, 2);
const numbers = Array.from({ length: people }, () => `F${randomBytes(5).toString('hex')}`);

await join(directory);
const bare = await bareFreezes();
const ours: number[] = [];
for (const number of numbers) ours.push(await leave(number));
await directory.end();
const ratio = Number((median(ours) / median(bare)).toFixed(1));
const p95 = ours.toSorted((a, b) => a - b)[Math.ceil(ours.length * 0.95) - 1];
console.log(
  JSON.stringify({
    bench: 'leaver-freeze',
    people,
    medianMs: median(ours),
    p95Ms: p95,
    maxMs: Math.max(...ours),
    bareMedianMs: median(bare),
    ratio,
  }),
);

/** Everybody gets an account first. */
async function join(sql: Sql): Promise<void> {
  const joiners = numbers.map((employeeNumber) => ({
    id: `${employeeNumber}-join`,
    type: 'joiner',
    employeeNumber,
    effectiveDate: '2026-01-01',
    profile: { familyName: 'Bench', email: `${employeeNumber}@joinery-demo.example` },
  }));
  await submitHrEvents(joiners, { directory: sql, defaultTimeZone: 'UTC', source: 'bench' });
  await untilSettled(
    sql,
    joiners.map(({ id }) => id),
    () => undefined,
  );
}

/** Milliseconds from the inbox's note of acceptance to Salesforce's commit of the freeze. */
async function leave(employeeNumber: string): Promise<number> {
  const before = await lastRequest();
  const id = `${employeeNumber}-leave`;
  const body = JSON.stringify({ id, type: 'leaver', employeeNumber, immediate: true });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const response = await fetch(`${urls['http']}/hr/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-joinery-timestamp': timestamp,
      'x-joinery-signature': sign(config.hrSecret ?? '', timestamp, Buffer.from(body)),
    },
  });
  if (response.status !== 202)
    throw new Error(`the event was not accepted: ${response.status} ${await response.text()}`);
  await untilSettled(directory, [id], () => undefined);
  const [event] = await directory<
    { acceptedAt: string }[]
  >`select accepted_at as "acceptedAt" from hr_event where id = ${id}`;
  const freeze = (await requestsSince(before)).find(
    ({ method, body: sent }) => method === 'PATCH' && sent.includes('IsFrozen'),
  );
  if (!event || !freeze) throw new Error(`${employeeNumber} was not frozen`);
  return Math.round(Date.parse(freeze.time) + (freeze.durationMs ?? 0) - Date.parse(event.acceptedAt));
}

async function bareFreezes(): Promise<number[]> {
  const simulator = urls['salesforce-simulator'];
  const form = { grant_type: 'client_credentials', client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
  const login = await fetch(`${simulator}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const times: number[] = [];
  for (const number of numbers) {
    const began = performance.now();
    const soql = `SELECT Id FROM UserLogin WHERE UserId IN (SELECT Id FROM User WHERE EmployeeNumber = '${number}')`;
    const found = await fetch(`${simulator}/services/data/v66.0/query?q=${encodeURIComponent(soql)}`, { headers });
    const { records } = (await found.json()) as { records: { Id: string }[] };
    const url = `${simulator}/services/data/v66.0/sobjects/UserLogin/${records[0]?.Id}`;
    await fetch(url, { method: 'PATCH', headers, body: '{"IsFrozen":true}' });
    times.push(Math.round((performance.now() - began) * 10) / 10);
    await fetch(url, { method: 'PATCH', headers, body: '{"IsFrozen":false}' });
  }
  return times;
}

interface LoggedRequest {
  seq: number;
  time: string;
  method: string;
  body: string;
  durationMs: number | null;
}

async function requestsSince(seq: number): Promise<LoggedRequest[]> {
  const response = await fetch(`${urls['salesforce-simulator']}/simulator/requests?since=${seq}`);
  return ((await response.json()) as { requests: LoggedRequest[] }).requests;
}

async function lastRequest(): Promise<number> {
  return (await requestsSince(0)).at(-1)?.seq ?? 0;
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
