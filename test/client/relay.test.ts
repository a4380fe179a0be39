/** The relay: what was stored reaches its lane, in order, whatever died in between. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { submitHrEvents } from '#client/intake.ts';
import { recoverLost } from '#client/lost-lanes.ts';
import { createRelay } from '#client/relay.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('real-time');
});
afterAll(() => world.close());

const newPerson = () => `R${randomBytes(5).toString('hex')}`;
const joiner = (employeeNumber: string) => ({
  id: `${employeeNumber}-1`,
  type: 'joiner',
  employeeNumber,
  effectiveDate: '2026-01-01',
  profile: { givenName: 'Ada', familyName: 'Byron', email: `${employeeNumber}@joinery-demo.example` },
});
const store = (events: object[]) =>
  submitHrEvents(events, { directory: world.directory, defaultTimeZone: 'UTC', source: 'test' });
/** As client/lost-lanes.ts takes it. */
const RECOVERY_LOCK = 7_065_718;
const quiet = { info: () => undefined, warn: () => undefined };
const relay = () =>
  createRelay({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue, log: quiet });

describe('the relay', () => {
  it('brings what a crashed process had stored and not signalled to its lane', async () => {
    const person = newPerson();
    await store([joiner(person)]);
    expect((await world.event(`${person}-1`)).state).toBe('accepted');
    expect(await relay().drain()).toBe(1);
    await world.untilIdle(person);
    expect((await world.event(`${person}-1`)).state).toBe('done');
  });

  it('signals again what a relay signalled and died before noting, and it happens once', async () => {
    const person = newPerson();
    await store([joiner(person)]);
    await relay().drain();
    await world.signalAgain(`${person}-1`);
    await world.untilIdle(person);
    expect(await world.org.usersOf(person)).toHaveLength(1);
    expect((await world.mails()).filter(({ to }) => to.startsWith(person))).toHaveLength(1);
  });

  it('keeps one person’s events in order of acceptance', async () => {
    const person = newPerson();
    const titles = Array.from({ length: 5 }, (_, index) => `Title ${index}`);
    const movers = titles.map((title, index) => ({
      id: `${person}-m${index}`,
      type: 'mover',
      employeeNumber: person,
      effectiveDate: '2026-02-01',
      profile: { title },
    }));
    await store([joiner(person), ...movers]);
    await relay().drain();
    await world.untilIdle(person);
    expect(await world.org.usersOf(person)).toMatchObject([{ Title: 'Title 4' }]);
  });

  it('signals each event once when several relays drain at once', async () => {
    const people = Array.from({ length: 12 }, newPerson);
    await store(people.map(joiner));
    const counts = await Promise.all([relay(), relay(), relay()].map((each) => each.drain()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
    await Promise.all(people.map((person) => world.untilIdle(person)));
  });

  it('lets a leaver that is due overtake other people, but not what was said of the person before', async () => {
    const person = newPerson();
    const others = Array.from({ length: 100 }, () => ({ ...joiner(newPerson()), effectiveDate: '2099-01-01' }));
    const leaver = { id: `${person}-2`, type: 'leaver', employeeNumber: person, immediate: true };
    await store([...others, joiner(person), leaver]);
    expect(await relay().drain()).toBe(102);
    const [row] = await world.directory`
      select count(*) filter (where other.signalled_at > leaver.signalled_at)::int as later
      from hr_event leaver, hr_event other
      where leaver.id = ${leaver.id} and other.id = any(${others.map(({ id }) => id)})`;
    expect(row?.['later']).toBeGreaterThanOrEqual(64);
    const signals = (await world.histories(person)).flatMap(({ events }) =>
      (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.input?.payloads ?? []),
    );
    const ids = signals.map(({ data }) => (JSON.parse(Buffer.from(data ?? []).toString()) as { id: string }).id);
    expect(ids).toEqual([`${person}-1`, `${person}-2`]);
    await world.untilIdle(person);
  });

  it('is not held up by a person whose lane can not be signalled', async () => {
    const person = newPerson();
    const [stuck] = await store([joiner(newPerson())]);
    const id = stuck && 'record' in stuck ? stuck.record.id : '';
    // A Workflow Id longer than Temporal takes.
    await world.directory`update hr_event set employee_number = ${'x'.repeat(2_000)} where id = ${id}`;
    await store([joiner(person)]);
    expect(await relay().drain()).toBe(1);
    await world.untilIdle(person);
    await world.directory`delete from hr_event where id = ${id}`;
  });

  it('brings back what was lost with a lane that somebody terminated', async () => {
    const person = newPerson();
    await store([{ ...joiner(person), effectiveDate: '2099-01-01' }]);
    await relay().drain();
    await world.client.workflow.getHandle(personWorkflowId(person)).terminate('by mistake');
    expect(await recoverLost(world.directory, world.client)).toEqual([]);
    await world.directory`
      update hr_event set due_at = now() - interval '1 hour', signalled_at = now() - interval '1 hour' where id = ${`${person}-1`}`;
    expect(await recoverLost(world.directory, world.client)).toEqual([`${person}-1`]);
    await relay().drain();
    await world.untilIdle(person);
    expect((await world.event(`${person}-1`)).state).toBe('done');
  });

  it('brings back whom an import held whose run is gone, and does so with what was said of them meanwhile', async () => {
    const person = newPerson();
    const { directory } = world;
    const [made] = await directory<{ id: number }[]>`
      insert into import (kind, source, state, created_by) values ('people', 'test', 'running', 'test') returning id`;
    const id = made?.id ?? 0;
    await store([joiner(person)]);
    await directory`
      insert into import_row (import, line, employee_number, cells, state, event_id)
      values (${id}, 1, ${person}, '[]', 'claimed', ${`${person}-1`})`;
    await directory`
      update hr_event set import = ${id}, state = 'signalled', signalled_at = now() where id = ${`${person}-1`}`;
    const mover = { id: `${person}-2`, type: 'mover', employeeNumber: person, effectiveDate: '2026-02-01' };
    await store([{ ...mover, profile: { title: 'Countess' } }]);
    expect(await recoverLost(directory, world.client)).toEqual([]);
    await directory`update hr_event set signalled_at = now() - interval '1 hour' where id = ${`${person}-1`}`;
    expect(await recoverLost(directory, world.client)).toEqual([`${person}-1`]);
    expect(await directory`select state from import_row where import = ${id}`).toEqual([{ state: 'handed' }]);
    await relay().drain();
    await world.untilIdle(person);
    expect(await world.org.usersOf(person)).toMatchObject([{ Title: 'Countess' }]);
  });

  it('finds what was lost behind hundreds that wait, leavers first and with what was said before them, once, while no other process looks', async () => {
    const [waiting, gone, leaving] = [newPerson(), newPerson(), newPerson()];
    const leaver = { id: `${leaving}-2`, type: 'leaver', employeeNumber: leaving, effectiveDate: '2099-02-01' };
    const later = (person: string) => ({ ...joiner(person), effectiveDate: '2099-01-01' });
    const lane = (person: string) => world.client.workflow.getHandle(personWorkflowId(person));
    await store([later(waiting)]);
    await relay().drain();
    await world.directory`
      insert into hr_event (id, type, employee_number, body, body_sha256, source, state, signalled_at)
      select ${waiting} || '-m' || number, 'mover', ${waiting}, '{}', '', 'test', 'signalled', now()
      from generate_series(1, 600) as number`;
    await store([later(gone), later(leaving), leaver]);
    await relay().drain();
    for (const person of [gone, leaving]) await lane(person).terminate('by mistake');
    await world.directory`
      update hr_event set due_at = now() - interval '1 hour', signalled_at = now() - interval '1 hour'
      where employee_number = any(${[waiting, gone, leaving]})`;
    const another = await world.directory.reserve();
    await another`select pg_advisory_lock(${RECOVERY_LOCK})`;
    const meanwhile = await recoverLost(world.directory, world.client);
    await another`select pg_advisory_unlock(${RECOVERY_LOCK})`;
    another.release();
    expect(meanwhile).toEqual([]);
    const lost = await Promise.all([1, 2].map(() => recoverLost(world.directory, world.client)));
    expect(lost.flat()).toEqual([`${leaving}-1`, `${leaving}-2`, `${gone}-1`]);
    await lane(waiting).terminate('the test is over');
    await world.directory`delete from hr_event where employee_number = ${waiting}`;
    await relay().drain();
    await Promise.all([gone, leaving].map((person) => world.untilIdle(person)));
  });

  it('hears of what is stored by another process, without being told', async () => {
    const person = newPerson();
    const listening = relay();
    await listening.start();
    await store([joiner(person)]);
    await vi.waitFor(async () => expect((await world.event(`${person}-1`)).state).toBe('done'), { timeout: 20_000 });
    await listening.stop();
  });
});
