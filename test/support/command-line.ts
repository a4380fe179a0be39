/** The command line as somebody runs it: `npx joinery` in a folder of their own, against a test's world. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { World } from './world.ts';

export const JOINERY = fileURLToPath(new URL('../../client/cli/joinery.js', import.meta.url));

interface Run {
  code: number;
  out: string;
  err: string;
}

export interface CommandLine {
  folder: string;
  /** What a shell that is configured for the world has set. */
  configured: Record<string, string>;
  /** Runs `joinery` with these arguments, in this environment or the configured one. */
  run(args: string[], env?: Record<string, string>): Promise<Run>;
  close(): Promise<void>;
}

/** As much of a world as a shell is told of. */
interface Configured extends Pick<World, 'taskQueue'>, Partial<Pick<World, 'namespace'>> {
  settings: Pick<World['settings'], 'databaseUrl' | 'secretKey'>;
}

/** Opens a folder; `close` it after the tests. */
export async function openCommandLine({
  settings,
  taskQueue,
  namespace = 'default',
}: Configured): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'joinery-cli-'));
  const bare = { PATH: process.env['PATH'] ?? '', JOINERY_DATA_DIR: folder };
  const configured = {
    ...bare,
    DATABASE_URL: settings.databaseUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
    JOINERY_TASK_QUEUE: taskQueue,
    JOINERY_SECRET_KEY: Buffer.from(settings.secretKey).toString('base64'),
  };
  return {
    folder,
    configured,
    run: (args, env = configured) =>
      new Promise((resolve) => {
        execFile(process.execPath, [JOINERY, ...args], { cwd: folder, env: { ...bare, ...env } }, (error, out, err) => {
          resolve({ code: error ? Number(error.code ?? 1) : 0, out, err });
        });
      }),
    close: () => rm(folder, { recursive: true }),
  };
}
