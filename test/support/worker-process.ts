/** A worker as a process of its own, to be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { World } from './world.ts';

export interface WorkerProcess {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts `worker/main.ts` for this world and resolves when it polls. */
export async function startWorkerProcess({ settings, taskQueue, namespace }: World): Promise<WorkerProcess> {
  const { databaseUrl, secretKey, smtpUrl, mailFrom } = settings;
  const worker = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('../../worker/main.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        TEMPORAL_NAMESPACE: namespace,
        JOINERY_TASK_QUEUE: taskQueue,
        JOINERY_SECRET_KEY: Buffer.from(secretKey).toString('base64'),
        SMTP_URL: smtpUrl,
        MAIL_FROM: mailFrom,
      },
    },
  );
  const exited = once(worker, 'exit');
  for await (const line of createInterface(worker.stdout)) if (line.includes('"ready":true')) break;
  if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode} before it was ready`);
  return {
    async kill() {
      worker.kill('SIGKILL');
      await exited;
    },
  };
}
