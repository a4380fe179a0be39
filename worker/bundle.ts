/** The workflows as one bundle, which serves any number of workers. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { TSX_LOADER } from '#runtime/tsx-loader.ts';

/** Compiles the workflows in this process. */
export function bundleWorkflows(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    logger: new DefaultLogger('WARN'),
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  });
}

/** Compiles them in a process that ends with it. Throws with what the compiler said. */
export async function bundleWorkflowsApart(): Promise<WorkflowBundle> {
  const script = fileURLToPath(new URL('compile.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', TSX_LOADER, script], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: stdout };
}
