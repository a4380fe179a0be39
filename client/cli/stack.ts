/** Joinery on this machine: the embedded servers with our own processes on top, and the demo's application in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDirectory } from '#directory/database.ts';
import { createSealer } from '#directory/sealing.ts';
import { loadConfig, type Config, type ConnectedConfig } from '#runtime/config.ts';
import { startStack, type Stack } from '#runtime/embedded/stack.ts';
import { saveApplicationRules, showApplications } from '../applications.ts';
import { prepareServers } from './prepare.ts';
import { WORKER_FLAGS } from './processes.ts';
import { printLines, table } from './session.ts';

const entry = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const DEMO_APPLICATION = entry('docs/examples/salesforce-demo.json');

/** Starts everything and returns when it works. Throws beside a running stack and when a port is busy, naming it. */
export async function startJoinery(onProgress: (line: string) => void): Promise<{ stack: Stack; config: Config }> {
  const config = loadConfig();
  const { simulator } = config.ports;
  const stack = await startStack({
    config,
    onProgress,
    afterServers: async (connected) => {
      await prepareServers(connected);
      await addDemoApplication(connected);
    },
    children: [
      {
        name: 'salesforce-simulator',
        entry: entry('simulators/salesforce/main.ts'),
        args: ['--port', String(simulator), '--file', join(config.dataDir, 'salesforce.jsonl')],
        port: { port: simulator, variable: 'JOINERY_SIMULATOR_PORT' },
      },
      { name: 'worker', entry: entry('worker/main.ts'), nodeFlags: WORKER_FLAGS },
      {
        name: 'http',
        entry: entry('client/http/main.ts'),
        port: { port: config.http.port, variable: 'JOINERY_HTTP_PORT', host: config.http.host },
      },
    ],
  });
  return { stack, config: loadConfig() };
}

/** Says where everything is, what of it is simulated, and what to try first. */
export function welcome({ urls }: { urls: Readonly<Record<string, string>> }, config: Config): string[] {
  const rows = [
    ['Temporal UI', urls['temporal'] ?? config.temporal?.address ?? '', 'every person’s lane, run by run'],
    ['HTTP API', urls['http'] ?? '', 'POST /hr/events; the rest needs a key: npx joinery key create'],
    ['Salesforce', urls['salesforce-simulator'] ?? '', 'SIMULATED: a process that speaks Salesforce’s API'],
    [
      'mail',
      urls['mail'] ?? config.mail.smtpUrl ?? '',
      'SIMULATED delivery: a real SMTP server that keeps what it gets',
    ],
    ['PostgreSQL', `127.0.0.1:${config.ports.postgres}`, `the directory; data in ${config.dataDir}`],
  ];
  return [
    '',
    ...table(['what', 'where', 'which is'], rows),
    '',
    'Try first, in another terminal:',
    '  npx joinery hr apply docs/examples/people.csv --wait',
    '',
    'or as an HR system would:',
    `  body='{"id":"try-1","type":"joiner","employeeNumber":"T1","effectiveDate":"2026-01-01","profile":{"givenName":"Ada","familyName":"Byron","email":"ada@acme.example","department":"Sales","country":"GB"}}'`,
    `  secret=$(node -p 'require("${join(config.dataDir, 'secrets.json')}").hrSecret'); now=$(date +%s)`,
    `  curl -s ${urls['http'] ?? ''}/hr/events -H 'content-type: application/json' -H "x-joinery-timestamp: $now" \\`,
    `    -H "x-joinery-signature: v1=$(printf '%s.%s' "$now" "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)" -d "$body"`,
    '',
    'Ctrl-C stops everything; what was done stays.',
  ];
}

/** Keeps the stack up until Ctrl-C, SIGTERM, or a server's own end; then stops it. */
export async function stayUp(stack: Stack): Promise<void> {
  const asked = new Promise<'asked'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('asked'));
  });
  const end = await Promise.race([asked, stack.broken]);
  printLines([end === 'asked' ? 'Stopping …' : end.message]);
  await stack.stop();
  if (end !== 'asked') process.exitCode = 1;
}

/** The simulator's application, unless an administrator has set up any. */
async function addDemoApplication(config: ConnectedConfig): Promise<void> {
  if (!config.secretKey) throw new Error('set JOINERY_SECRET_KEY: it seals the credentials of applications');
  const directory = openDirectory(config.databaseUrl, 1);
  try {
    if ((await showApplications(directory)).length > 0) return;
    const document = JSON.parse(await readFile(DEMO_APPLICATION, 'utf8')) as { settings: object };
    const settings = { ...document.settings, loginUrl: `http://127.0.0.1:${config.ports.simulator}` };
    await saveApplicationRules(
      directory,
      createSealer(config.secretKey, config.oldSecretKeys),
      { ...document, settings },
      'first start',
    );
  } finally {
    await directory.end({ timeout: 5 });
  }
}
