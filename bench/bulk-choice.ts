/**
 * From how many accounts on Salesforce's bulk jobs are worth it: the same accounts made by collections of 200, four at a
 * time, and by jobs of 5,000, one after the other. Each has a simulated org of its own, 50 ms away. Run:
 * npm run bench -- bulk-choice [rows…]. Prints one JSON line last.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import { salesforce } from '#connectors/salesforce/index.ts';

const LATENCY_MS = 50;
const PAGE = 200;
const WINDOW = 4;
const BLOCK = 5_000;

const given = process.argv.slice(2).map(Number);
const sizes: object[] = [];
for (const rows of given.length > 0 ? given : [200, 1_000, 5_000, 20_000]) {
  const size = { rows, collections: await inOrg(rows, byCollections), bulk: await inOrg(rows, byJobs) };
  console.error(JSON.stringify(size));
  sizes.push(size);
}
console.log(
  JSON.stringify({ bench: 'bulk-choice', latencyMs: LATENCY_MS, page: PAGE, window: WINDOW, block: BLOCK, sizes }),
);

type Work = (connector: Required<Connector>, accounts: NewAccount[]) => Promise<void>;

async function byCollections(connector: Required<Connector>, accounts: NewAccount[]): Promise<void> {
  const pages = inParts(accounts, PAGE);
  const sender = async (): Promise<void> => {
    for (let page = pages.shift(); page; page = pages.shift()) all(await connector.create(page, { bulk: true }));
  };
  await Promise.all(Array.from({ length: WINDOW }, sender));
}

async function byJobs(connector: Required<Connector>, accounts: NewAccount[]): Promise<void> {
  for (const block of inParts(accounts, BLOCK)) {
    let job = '';
    const onJob = (begun: string): Promise<void> => {
      job = begun;
      return Promise.resolve();
    };
    all(await connector.createInBulk(block, { onJob }, { bulk: true }));
    await connector.forgetBulk(job, { bulk: true });
  }
}

function inParts<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}

function all(outcomes: RowOutcome[]): void {
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
}

function account(number: number): NewAccount {
  const address = `bench${number}@joinery-demo.example`;
  return {
    attributes: {
      Username: address,
      Email: address,
      FirstName: 'Bench',
      LastName: `Bench ${number}`,
      Alias: `b${number}`.slice(0, 8),
      EmployeeNumber: `B${number}`,
      Title: 'Account Executive',
      Department: 'Sales',
      TimeZoneSidKey: 'Europe/Berlin',
      LocaleSidKey: 'de_DE',
      LanguageLocaleKey: 'en_US',
      EmailEncodingKey: 'UTF-8',
    },
    entitlements: [{ type: 'profile', name: 'Sales User' }],
  };
}

/** Seconds and counted calls in a fresh org that is a process of its own. */
async function inOrg(rows: number, work: Work): Promise<{ seconds: number; calls: number }> {
  const simulator = spawn(
    process.execPath,
    ['--import', 'tsx', 'simulators/salesforce/main.ts', '--exit-with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface(simulator.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const tell = (path: string, body: object) =>
      fetch(`${url}/simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
    await tell('licenses', { name: 'Salesforce', total: rows + 1_000 });
    const settings = { loginUrl: url, login: 'client-credentials', clientId: 'joinery-demo', timeoutMs: 120_000 };
    const connector = salesforce.connect(
      salesforce.settings.parse(settings),
      salesforce.secret.parse({ clientSecret: 'joinery-demo-secret' }),
    ) as Required<Connector>;
    await connector.listEntitlements();
    await tell('limits', { latencyMs: LATENCY_MS });
    const accounts = Array.from({ length: rows }, (_, number) => account(number));
    const { used: before = 0 } = connector.usage() ?? {};
    const began = performance.now();
    await work(connector, accounts);
    const seconds = Number(((performance.now() - began) / 1000).toFixed(2));
    return { seconds, calls: (connector.usage()?.used ?? 0) - before };
  } finally {
    simulator.kill();
  }
}
