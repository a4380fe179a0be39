/** A worker for the empty workflow, with the slots of a real one. Prints one line `{"ready":true}` when it polls. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { loadConfig, requireStack } from '#runtime/config.ts';
import { exitWithParent } from '#runtime/embedded/exit-with-parent.ts';
import { SLOTS } from '#worker/run.ts';

const { temporal } = requireStack(loadConfig());
const logger = new DefaultLogger('WARN');
Runtime.install({ logger, shutdownSignals: ['SIGTERM', 'SIGINT'] });
exitWithParent(process.argv);

const connection = await NativeConnection.connect(temporal.connectionOptions);
const worker = await Worker.create({
  connection,
  namespace: temporal.namespace,
  taskQueue: process.argv[2] ?? '',
  workflowBundle: await bundleWorkflowCode({
    logger,
    workflowsPath: fileURLToPath(new URL('empty.ts', import.meta.url)),
  }),
  activities: { nothing: async (_payload: string, answered: number) => 'x'.repeat(answered) },
  ...SLOTS,
});
const running = worker.run();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await running;
await connection.close();
