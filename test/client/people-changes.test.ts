/** People changed by administrators: every change is an HR event, asked twice it is one, and what makes no sense is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPerson, cancelChange, editPerson, removePerson } from '#client/people-changes.ts';
import type { ChangeContext } from '#client/person-change.ts';
import { localDate } from '#domain/due.ts';
import { settleHrEvent } from '#directory/hr-events.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let context: ChangeContext;
beforeAll(async () => {
  directory = await freshDirectory();
  context = { directory: directory.sql, defaultTimeZone: 'UTC', by: 'key:console' };
});
afterAll(() => directory.close());

const PROFILE = { givenName: 'Ada', familyName: 'Byron', email: 'ada@acme.example' };
const today = (zone = 'UTC') => localDate(new Date().toISOString(), zone);
const add = (employeeNumber: string, more: object = {}) =>
  addPerson(context, { employeeNumber, profile: PROFILE, ...more });
const edit = (employeeNumber: string, profile: Record<string, string | null>, more: object = {}) =>
  editPerson(context, { employeeNumber, profile, ...more });
const remove = (employeeNumber: string, more: object = {}) =>
  removePerson(context, { employeeNumber, confirm: employeeNumber, ...more });
const person = (employeeNumber: string, status: 'active' | 'left', more: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status, profile: { ...PROFILE, ...more } });
const bodies = async (employeeNumber: string) =>
  (
    await directory.sql<{ body: Record<string, unknown> }[]>`
      select body from hr_event where employee_number = ${employeeNumber} order by sequence`
  ).map(({ body }) => body);

describe('somebody added', () => {
  it('is a joiner of today where they are, from whoever asked, and in the audit', async () => {
    const reply = await add('PA1', { profile: { ...PROFILE, timeZone: 'Pacific/Kiritimati' } });
    expect(reply).toMatchObject({
      result: 'accepted',
      event: {
        type: 'joiner',
        source: 'key:console',
        body: { employeeNumber: 'PA1', effectiveDate: today('Pacific/Kiritimati'), profile: PROFILE },
      },
    });
    const [entry] = await directory.sql`select actor, action, detail from audit where subject = 'PA1'`;
    expect(entry).toMatchObject({
      actor: 'key:console',
      action: 'person added',
      detail: { startDate: today('Pacific/Kiritimati'), changes: { givenName: { old: null, new: 'Ada' } } },
    });
  });

  it('asked again under the same id is one, even after the day has changed; something else under it is refused', async () => {
    const first = await add('PA2', { id: 'ask-PA2' });
    expect(first).toMatchObject({ result: 'accepted', event: { id: 'ask-PA2' } });
    await directory.sql`
      update hr_event set body = jsonb_set(body, '{effectiveDate}', '"2026-01-01"') where id = 'ask-PA2'`;
    expect(await add('PA2', { id: 'ask-PA2' })).toMatchObject({ result: 'known', event: { id: 'ask-PA2' } });
    expect(await add('PA2', { id: 'ask-PA2', startDate: '2027-01-01' })).toMatchObject({ result: 'id-taken' });
    expect(await bodies('PA2')).toHaveLength(1);
    expect(await directory.sql`select 1 from audit where subject = 'PA2'`).toHaveLength(1);
  });

  it('without an id is somebody new each time: of many at once, one is not refused', async () => {
    // Connections are open by now, so that none is late.
    await Promise.all(Array.from({ length: 8 }, () => edit('PA-nobody', { title: 'x' })));
    const replies = await Promise.all(Array.from({ length: 8 }, () => add('PA3')));
    const refused = Array.from({ length: 7 }, () => 'refused');
    expect(replies.map(({ result }) => result).toSorted()).toEqual(['accepted', ...refused]);
    expect(await bodies('PA3')).toHaveLength(1);
  });

  it('who works here is refused, who has left is hired again', async () => {
    await person('PA4', 'active');
    await person('PA5', 'left');
    expect(await add('PA4')).toEqual({
      result: 'refused',
      why: 'Ada Byron (PA4) is known and active: edit them instead',
    });
    expect(await add('PA5')).toMatchObject({ result: 'accepted' });
    expect(await add('PA5')).toMatchObject({ result: 'refused', why: expect.stringContaining('is hired from') });
  });

  it('is told everything that is wrong at once', async () => {
    const reply = await add('PA 6', { startDate: 'soon', profile: { email: 'none', shoeSize: '44' }, id: 'a b' });
    expect(reply.result === 'invalid' && reply.faults.map(({ field }) => field).toSorted()).toEqual([
      'effectiveDate',
      'employeeNumber',
      'id',
      'profile.email',
      'profile.familyName',
      'profile.shoeSize',
    ]);
  });
});

describe('somebody edited', () => {
  it('is a mover with nothing but what differs, and the audit has old and new', async () => {
    await person('PE1', 'active', { title: 'Clerk', phone: '1' });
    const reply = await edit('PE1', { givenName: 'Ada', title: 'Manager', phone: null, city: '' });
    expect(reply).toMatchObject({ result: 'accepted', event: { body: { type: 'mover', effectiveDate: today() } } });
    expect((await bodies('PE1'))[0]?.['profile']).toEqual({ title: 'Manager', phone: null });
    const [entry] = await directory.sql`select detail from audit where subject = 'PE1'`;
    expect(entry).toMatchObject({
      detail: { changes: { title: { old: 'Clerk', new: 'Manager' }, phone: { old: '1', new: null } } },
    });
  });

  it('to what is known, or was said already, is nothing', async () => {
    await person('PE2', 'active', { title: 'Clerk' });
    expect(await edit('PE2', { title: 'Clerk', phone: '' })).toMatchObject({ result: 'nothing' });
    await edit('PE2', { title: 'Manager' });
    expect(await edit('PE2', { title: 'Manager' })).toMatchObject({ result: 'nothing' });
    expect(await edit('PE2', { title: 'Clerk' })).toMatchObject({ result: 'accepted' });
    expect(await bodies('PE2')).toHaveLength(2);
  });

  it('asked again under the same id is known, even when it has been carried out', async () => {
    await person('PE3', 'active', { title: 'Clerk' });
    expect(await edit('PE3', { title: 'Manager' }, { id: 'ask-PE3' })).toMatchObject({ result: 'accepted' });
    await person('PE3', 'active', { title: 'Manager' });
    await settleHrEvent(directory.sql, 'ask-PE3', 'done', { summary: '', workflowId: '', runId: '' });
    expect(await edit('PE3', { title: 'Manager' }, { id: 'ask-PE3' })).toMatchObject({
      result: 'known',
      event: { state: 'done' },
    });
    const more = { title: 'Manager', city: 'Paris' };
    expect(await edit('PE3', more, { id: 'ask-PE3' })).toMatchObject({ result: 'id-taken' });
  });

  it('is not given what only somebody else may have', async () => {
    await directory.sql`update profile_field set is_unique = true where name = 'costCenter'`;
    await person('PE7', 'active', { costCenter: 'only' });
    await person('PE8', 'active');
    expect(await edit('PE8', { costCenter: 'Only' })).toEqual({
      result: 'invalid',
      faults: [{ field: 'profile.costCenter', problem: 'must be unique: PE7 has it' }],
    });
  });

  it('before the first day is edited for that day', async () => {
    await add('PE4', { startDate: '2099-01-01' });
    expect(await edit('PE4', { title: 'Manager' })).toMatchObject({
      event: { body: { effectiveDate: '2099-01-01', profile: { title: 'Manager' } } },
    });
  });

  it('is refused of somebody unknown, or gone; a field that is none is named though it is empty', async () => {
    await person('PE5', 'left');
    await person('PE6', 'active');
    expect(await edit('PE-nobody', { title: 'x' })).toMatchObject({ result: 'unknown' });
    expect(await edit('PE5', { title: 'x' })).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('left'),
    });
    expect(await edit('PE6', { shoeSize: null, email: '' })).toEqual({
      result: 'invalid',
      faults: [
        { field: 'profile.shoeSize', problem: 'is not a profile field' },
        { field: 'profile.email', problem: 'is required and can not be cleared' },
      ],
    });
  });
});

describe('somebody removed', () => {
  it('is a leaver of the day after the last one', async () => {
    await person('PD1', 'active');
    await person('PD2', 'active');
    expect(await remove('PD1', { lastDay: '2028-02-28', successor: 'PD2' })).toMatchObject({
      result: 'accepted',
      event: { body: { type: 'leaver', effectiveDate: '2028-02-29', successor: 'PD2' } },
    });
    const [entry] = await directory.sql`select action, detail from audit where subject = 'PD1'`;
    expect(entry).toMatchObject({
      action: 'person removed',
      detail: { effectiveDate: '2028-02-29', successor: 'PD2' },
    });
  });

  it('needs the employee number again, and a day or at once', async () => {
    await person('PD3', 'active');
    for (const confirm of [undefined, '', 'pd3', 'PD1'])
      expect(await remove('PD3', { confirm, immediate: true })).toMatchObject({
        result: 'invalid',
        faults: [{ field: 'confirm' }],
      });
    expect(await remove('PD3')).toMatchObject({ result: 'invalid', faults: [{ field: 'effectiveDate' }] });
    expect(await remove('PD3', { lastDay: '2028-02-30' })).toMatchObject({ faults: [{ field: 'lastDay' }] });
    expect(await bodies('PD3')).toEqual([]);
    expect(await remove('PD3', { immediate: true })).toMatchObject({ event: { body: { effectiveDate: today() } } });
  });

  it('is refused of somebody unknown, gone, or hired and not started', async () => {
    await person('PD4', 'left');
    await add('PD5', { startDate: '2099-01-01', id: 'hire-PD5' });
    expect(await remove('PD-nobody', { immediate: true })).toMatchObject({ result: 'unknown' });
    expect(await remove('PD4', { immediate: true })).toMatchObject({ result: 'refused' });
    expect(await remove('PD5', { immediate: true })).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('hire-PD5: cancel that event'),
    });
    expect(await remove('PD5', { effectiveDate: '2099-06-01' })).toMatchObject({ result: 'accepted' });
  });

  it('goes on the day that was said first, unless the new one is earlier', async () => {
    await person('PD6', 'active');
    await remove('PD6', { effectiveDate: '2099-06-01', id: 'leave-PD6' });
    expect(await remove('PD6', { effectiveDate: '2099-07-01' })).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('leave-PD6'),
    });
    expect(await remove('PD6', { effectiveDate: '2099-05-01' })).toMatchObject({ result: 'accepted' });
    expect(await remove('PD6', { immediate: true })).toMatchObject({ result: 'accepted' });
    expect(await remove('PD6', { immediate: true })).toMatchObject({ result: 'refused' });
  });

  it('leaves records only to somebody else who works here', async () => {
    await person('PD7', 'active');
    for (const successor of ['PD7', 'PD4', 'PD-nobody'])
      expect(await remove('PD7', { immediate: true, successor })).toMatchObject({
        result: 'invalid',
        faults: [{ field: 'successor' }],
      });
  });
});

describe('a change cancelled', () => {
  const cancel = (employeeNumber: string, target: string) => cancelChange(context, { employeeNumber, target });

  it('is taken back, once', async () => {
    await add('PC1', { startDate: '2099-01-01', id: 'hire-PC1' });
    expect(await cancel('PC1', 'hire-PC1')).toMatchObject({
      result: 'accepted',
      event: { type: 'rescind', target: 'hire-PC1' },
    });
    expect(await cancel('PC1', 'hire-PC1')).toMatchObject({ result: 'known', event: { target: 'hire-PC1' } });
    expect(await bodies('PC1')).toHaveLength(2);
  });

  it('is refused when it ended, is a correction, or is of somebody else', async () => {
    await add('PC2', { id: 'hire-PC2' });
    await settleHrEvent(directory.sql, 'hire-PC2', 'done', { summary: '', workflowId: '', runId: '' });
    expect(await cancel('PC2', 'hire-PC2')).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('too late'),
    });
    expect(await cancel('PC1', 'hire-PC2')).toMatchObject({ result: 'unknown' });
    const [, rescind] = await bodies('PC1');
    expect(await cancel('PC1', String(rescind?.['id']))).toMatchObject({ result: 'refused' });
  });
});
