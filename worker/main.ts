/** The worker process: `joinery worker`. Prints one line `{"ready":true}` when it polls, ends cleanly on SIGTERM. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { loadConfig, requireStack } from '#runtime/config.ts';
import { exitWithParent } from '#runtime/embedded/exit-with-parent.ts';
import { createLogger } from '#runtime/logger.ts';
import { buildDependencies } from './dependencies.ts';
import { bundleWorkflowsApart } from './bundle.ts';
import { createWorker } from './run.ts';

const LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

try {
  await run();
} catch (error) {
  process.stderr.write(`joinery worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** Returns when the worker was told to end and has ended. */
async function run(): Promise<void> {
  const config = requireStack(loadConfig());
  const { secretKey, oldSecretKeys, mail, temporal } = config;
  if (!secretKey || !mail.smtpUrl) throw new Error('set JOINERY_SECRET_KEY and SMTP_URL, or start with npm start');

  const log = createLogger({ level: config.logLevel, name: 'worker' });
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVEL[level]]({ ...meta }, message)),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
  });
  exitWithParent(process.argv);

  const dependencies = buildDependencies({
    databaseUrl: config.databaseUrl,
    secretKey,
    oldSecretKeys,
    smtpUrl: mail.smtpUrl,
    mailFrom: mail.from,
    alarmMail: mail.alarmTo,
    defaultTimeZone: config.timeZone,
  });
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  try {
    const worker = await createWorker({
      connection,
      namespace: temporal.namespace,
      taskQueue: config.taskQueue,
      dependencies,
      workflowBundle: await bundleWorkflowsApart(),
    });
    const running = worker.run();
    process.stdout.write(`${JSON.stringify({ ready: true, taskQueue: config.taskQueue })}\n`);
    await running;
  } finally {
    await connection.close();
    await dependencies.close();
  }
}
