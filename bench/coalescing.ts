/**
 * What it costs that everybody creates one account at a time, against a bare script that has all of them at hand and sends
 * pages of 200. Each has a simulated org of its own, 50 ms away, and three rounds, of which the best counts. Run:
 * npm run bench -- coalescing [accounts] [callers]. Prints one JSON line last.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Connection } from 'jsforce';
import type { Attributes } from '#domain/account.ts';
import { salesforce } from '#connectors/salesforce/index.ts';

const LATENCY_MS = 50;
const ROUNDS = 3;
const PAGE = 200;
/** As many calls at a time as the connector makes. */
const CONCURRENCY = 10;
const CLIENT = { client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };

const accounts = Number(process.argv[2] ?? 1_000);
const callers = Number(process.argv[3] ?? accounts);
const ours = await inOrg(oneByOne);
const bare = await inOrg(pageByPage);
console.log(
  JSON.stringify({
    bench: 'coalescing',
    accounts,
    callers,
    latencyMs: LATENCY_MS,
    seconds: ours.seconds,
    calls: ours.calls,
    bareSeconds: bare.seconds,
    bareCalls: bare.calls,
    ratio: Number((ours.seconds / bare.seconds).toFixed(2)),
  }),
);

/** Creates the accounts of a round. */
type Work = (round: number) => Promise<void>;

/** Signs in and looks up what is needed first; returns the work to be timed. */
type Prepare = (url: string) => Promise<Work>;

/** So many callers, each with one account in hand until there are no more. */
async function oneByOne(url: string): Promise<Work> {
  const settings = { loginUrl: url, login: 'client-credentials', clientId: CLIENT.client_id };
  const connector = salesforce.connect(
    salesforce.settings.parse(settings),
    salesforce.secret.parse({ clientSecret: CLIENT.client_secret }),
  );
  await connector.listEntitlements?.();
  const caller = async (waiting: Attributes[]): Promise<void> => {
    for (let attributes = waiting.pop(); attributes; attributes = waiting.pop()) {
      const account = { attributes, entitlements: [{ type: 'profile', name: 'Sales User' }] };
      const [outcome] = (await connector.create?.([account])) ?? [];
      if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome');
    }
  };
  return async (round) => {
    const waiting = usersOf(round);
    await Promise.all(Array.from({ length: callers }, () => caller(waiting)));
  };
}

async function pageByPage(url: string): Promise<Work> {
  const form = { grant_type: 'client_credentials', ...CLIENT };
  const login = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token, instance_url } = (await login.json()) as { access_token: string; instance_url: string };
  const org = new Connection({ accessToken: access_token, instanceUrl: instance_url, version: '66.0' });
  const [profile] = (await org.query("SELECT Id FROM Profile WHERE Name = 'Sales User'")).records;
  const sender = async (pages: Attributes[][]): Promise<void> => {
    for (let page = pages.shift(); page; page = pages.shift()) {
      const rows = page.map((attributes) => ({ ...attributes, ProfileId: profile?.Id }));
      const results = await org.sobject('User').create(rows, { allOrNone: false });
      const refused = results.find(({ success }) => !success);
      if (refused) throw new Error(JSON.stringify(refused.errors));
    }
  };
  return async (round) => {
    const users = usersOf(round);
    const pages = Array.from({ length: Math.ceil(accounts / PAGE) }, (_, page) =>
      users.slice(page * PAGE, (page + 1) * PAGE),
    );
    await Promise.all(Array.from({ length: CONCURRENCY }, () => sender(pages)));
  };
}

function usersOf(round: number): Attributes[] {
  return Array.from({ length: accounts }, (_, index) => user(round * accounts + index));
}

function user(number: number): Attributes {
  return {
    Username: `bench${number}@joinery-demo.example`,
    Email: `bench${number}@joinery-demo.example`,
    LastName: `Bench ${number}`,
    Alias: `b${number}`,
    EmployeeNumber: `B${number}`,
    TimeZoneSidKey: 'Europe/Berlin',
    LocaleSidKey: 'de_DE',
    LanguageLocaleKey: 'en_US',
    EmailEncodingKey: 'UTF-8',
  };
}

/** Seconds and counted calls of the best round, in a fresh org that is a process of its own. */
async function inOrg(prepare: Prepare): Promise<{ seconds: number; calls: number }> {
  const simulator = spawn(
    process.execPath,
    ['--import', 'tsx', 'simulators/salesforce/main.ts', '--exit-with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const tell = (path: string, method: string, body?: object) =>
      fetch(`${url}/simulator/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    await tell('licenses', 'POST', { name: 'Salesforce', total: (ROUNDS + 1) * accounts });
    const work = await prepare(url);
    await tell('limits', 'POST', { latencyMs: LATENCY_MS });
    const rounds: { seconds: number; calls: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await tell('requests', 'DELETE');
      const began = performance.now();
      await work(round);
      const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
      const { requests } = (await (await tell('requests', 'GET')).json()) as { requests: { counted: boolean }[] };
      rounds.push({ seconds, calls: requests.filter(({ counted }) => counted).length });
    }
    return rounds.reduce((best, round) => (round.seconds < best.seconds ? round : best));
  } finally {
    simulator.kill();
  }
}
