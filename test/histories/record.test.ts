/**
 * Records the histories that replay.test.ts replays. Run it after adding a story, with another folder name for a new
 * version of the workflows, and keep the old folders: JOINERY_RECORD=v1 npx vitest run test/histories/record.test.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, it, vi } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

const version = process.env['JOINERY_RECORD'];
const folder = new URL(`./${version}/`, import.meta.url);

const profile = { givenName: 'Ada', familyName: 'Byron', email: 'ada@joinery-demo.example', department: 'Sales', timeZone: 'Europe/London', country: 'GB' };
const person = { employeeNumber: 'E1' };

const stories: Record<string, (world: World) => Promise<void>> = {
  async 'joins-moves-leaves'(world) {
    await world.submit(
      { ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-3), profile },
      { ...person, id: 'e2', type: 'mover', effectiveDate: world.day(10), profile: { department: 'IT' } },
      { ...person, id: 'e3', type: 'leaver', effectiveDate: world.day(30) },
    );
  },
  async 'waits-and-is-amended'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(30), profile });
    await world.temporal.sleep('2 days');
    await world.submit({ ...person, id: 'e2', type: 'amend', target: 'e1', effectiveDate: world.day(40) });
  },
  async 'waits-and-is-rescinded'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(30), profile });
    await world.temporal.sleep('2 days');
    await world.submit({ ...person, id: 'e2', type: 'rescind', target: 'e1' });
  },
  async 'is-overtaken-by-an-earlier-event'(world) {
    await world.submit(
      { ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile },
      { ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(60) },
    );
    await world.temporal.sleep('1 day');
    await world.submit({ ...person, id: 'e3', type: 'mover', effectiveDate: world.day(20), profile: { title: 'Manager' } });
  },
  async 'is-cancelled-by-an-immediate-leaver'(world) {
    const create = await world.org.addFault({ match: { method: 'POST', body: 'TimeZoneSidKey' }, action: { kind: 'hold' } });
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile });
    await create.hit();
    await world.submit({ ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(0), immediate: true });
    await vi.waitFor(async () => expect(JSON.stringify(await world.histories('E1'))).toContain('CancelRequested'));
    await create.release();
  },
  async 'fails-in-an-application'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile: { ...profile, timeZone: 'Pacific/Chatham' } });
  },
};

describe.runIf(version)('recording', () => {
  it.each(Object.keys(stories))('%s', async (name) => {
    const world = await openWorld('time-skipping');
    try {
      await stories[name]?.(world);
      await world.untilIdle('E1');
      await mkdir(folder, { recursive: true });
      for (const [index, history] of (await world.histories('E1')).entries()) {
        await writeFile(new URL(`${name}.${index + 1}.json`, folder), withoutMachine(historyToJSON(history)));
      }
    } finally {
      await world.close();
    }
  });
});

/** A history without what tells of the machine it was recorded on. */
function withoutMachine(json: string): string {
  const plain = JSON.stringify(JSON.parse(json), (key, value: unknown) => {
    if (key === 'stackTrace') return '';
    return key === 'identity' || key === 'workerInstanceKey' ? 'recorder' : value;
  });
  return `${plain}\n`;
}
