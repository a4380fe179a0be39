/** Runs that began under an earlier version of the workflows must go on under this one: recorded histories replay. */
import { readdir, readFile } from 'node:fs/promises';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflows } from '#worker/bundle.ts';

const FOLDER = new URL('./', import.meta.url);
const files = (await readdir(FOLDER, { recursive: true })).filter((name) => name.endsWith('.json')).toSorted();

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflows();
});

describe('recorded histories', () => {
  it('hold every workflow', async () => {
    const types = new Set(await Promise.all(files.map(async (file) => workflowType(await read(file)))));
    expect([...types].toSorted()).toEqual(['bulkImport', 'joiner', 'leaver', 'mover', 'planning', 'returnRecords', 'watch']);
  });

  it.each(files)('%s replays', async (file) => {
    await Worker.runReplayHistory({ workflowBundle }, await read(file), 'person:E1');
  });
});

async function read(file: string): Promise<{ events: { workflowExecutionStartedEventAttributes?: { workflowType: { name: string } } }[] }> {
  return JSON.parse(await readFile(new URL(file, FOLDER), 'utf8')) as Awaited<ReturnType<typeof read>>;
}

function workflowType({ events }: Awaited<ReturnType<typeof read>>): string {
  return events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '';
}
