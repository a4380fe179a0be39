/** HR events while pages of an import carry some out themselves: what waits for them, and what does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import {
  bodySha256,
  disturbedEvents,
  findHrEvent,
  handToLanes,
  markSignalled,
  overdueHrEvents,
  settleHrEvent,
  storeHrEvents,
  storeImportingEvents,
  unsignalledHrEvents,
  unsignalPeople,
  type NewHrEvent,
} from '#directory/hr-events.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const DAY_MS = 86_400_000;

let directory: FreshDirectory;
let id: number;

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate hr_event, import cascade`;
  const [made] = await directory.sql<{ id: number }[]>`
    insert into import (kind, source, created_by) values ('people', 'file people.csv', 'test') returning id`;
  id = made?.id ?? 0;
  await storeImportingEvents(directory.sql, id, [event('importing', { type: 'joiner' })]);
});

/** Something said of E1; `days` from now. */
function event(eventId: string, more: Partial<HrEvent> & { days?: number }): NewHrEvent {
  const { days = 0, ...said } = more;
  const body = { id: eventId, employeeNumber: 'E1', type: 'mover', effectiveDate: '2026-01-01', ...said } as HrEvent;
  const { type, employeeNumber } = body;
  const target = 'target' in body ? body.target : null;
  const dueAt = new Date(Date.now() + days * DAY_MS).toISOString();
  return { id: eventId, type, employeeNumber, target, dueAt, body, bodySha256: bodySha256(body), source: 'test' };
}

const store = (...events: NewHrEvent[]) => storeHrEvents(directory.sql, events);
const toSignal = async () => (await unsignalledHrEvents(directory.sql, 0, 100)).map((one) => one.id);
const settled = (eventId: string) =>
  settleHrEvent(directory.sql, eventId, 'done', { summary: 'done', workflowId: '', runId: '' });

describe('what is said of somebody whom a page is at work on', () => {
  it('waits until the page has ended; what is said of others does not', async () => {
    await store(event('mine', {}), event('other', { employeeNumber: 'E2' }));
    expect(await toSignal()).toEqual(['other']);
    await settled('importing');
    expect(await toSignal()).toEqual(['mine', 'other']);
  });

  it('does not wait where it is a leaver, or takes one back', async () => {
    await store(event('leaver', { type: 'leaver', days: 30 }), event('mover', {}));
    await store(
      event('kept', { type: 'rescind', target: 'leaver' }),
      event('held', { type: 'rescind', target: 'mover' }),
    );
    expect(await toSignal()).toEqual(['leaver', 'kept']);
  });

  it('goes with a leaver that is due, so that it is not carried out after it', async () => {
    await store(event('mover', {}), event('leaver', { type: 'leaver' }));
    expect(await toSignal()).toEqual(['mover', 'leaver']);
  });

  it('is brought to the lane with the event itself, once that is handed over', async () => {
    await store(event('mover', {}));
    await handToLanes(directory.sql, ['importing']);
    expect(await toSignal()).toEqual(['importing', 'mover']);
  });

  it('does not wait once the person has left: what the page gave is taken away at once', async () => {
    await changePerson(directory.sql, { employeeNumber: 'E1', status: 'left', profile: {} });
    await store(event('afresh', {}));
    expect(await toSignal()).toEqual(['afresh']);
    await directory.sql`delete from person where employee_number = 'E1'`;
  });
});

describe('an event that is handed over', () => {
  it('is cancelled where a leaver has overtaken it, so that nobody comes back by it', async () => {
    await store(event('leaver', { type: 'leaver' }));
    await markSignalled(directory.sql, ['leaver']);
    await settled('leaver');
    await handToLanes(directory.sql, ['importing']);
    expect(await toSignal()).toEqual([]);
    expect(await findHrEvent(directory.sql, 'importing')).toMatchObject({
      state: 'cancelled',
      outcome: { summary: 'overtaken by leaver leaver' },
    });
  });

  it('goes to the lane where the leaver is of a later day', async () => {
    await store(event('leaver', { type: 'leaver', days: 30 }));
    await handToLanes(directory.sql, ['importing']);
    expect(await toSignal()).toEqual(['importing', 'leaver']);
  });
});

describe('an event that a page carries out', () => {
  it('is in no lane that could be lost', async () => {
    await store(event('mover', { employeeNumber: 'E2' }));
    await markSignalled(directory.sql, ['mover']);
    await directory.sql`update hr_event set due_at = now() - interval '1 day', signalled_at = now() - interval '1 hour'`;
    const overdue = await overdueHrEvents(directory.sql, { leavers: false, after: 0, limit: 10 });
    expect(overdue.map(({ employeeNumber }) => employeeNumber)).toEqual(['E2']);
    expect(await unsignalPeople(directory.sql, ['E1', 'E2'])).toEqual(['mover']);
  });

  it('is disturbed by what a lane may do meanwhile, not by what waits or was over before', async () => {
    const disturbed = () => disturbedEvents(directory.sql, ['importing']);
    await store(event('before', { type: 'leaver' }));
    await settled('before');
    await directory.sql`update hr_event set settled_at = now() - interval '1 minute' where id = 'before'`;
    await store(event('waits', {}));
    expect(await disturbed()).toEqual([]);
    await markSignalled(directory.sql, ['waits']);
    expect(await disturbed()).toEqual(['importing']);
    await directory.sql`delete from hr_event where id = 'waits'`;
    expect(await disturbed()).toEqual([]);
    await store(event('leaver', { type: 'leaver' }));
    await settled('leaver');
    expect(await disturbed()).toEqual(['importing']);
  });
});
