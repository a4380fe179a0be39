/** People managed by administrators, over HTTP and from the command line: what they say happens in the application. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { createRelay } from '#client/relay.ts';
import { untilSettled } from '#client/settled.ts';
import { createSealer } from '#directory/sealing.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { openWorld, type World } from '../support/world.ts';

const web = `PW${randomBytes(5).toString('hex')}`;
const typed = `PT${randomBytes(5).toString('hex')}`;

let world: World;
let shell: CommandLine;
let relay: ReturnType<typeof createRelay>;
let app: ReturnType<typeof createApp>;
let key: string;

beforeAll(async () => {
  world = await openWorld('real-time');
  shell = await openCommandLine(world);
  const { directory, client: temporal, taskQueue } = world;
  const log = { info: () => undefined, warn: () => undefined, error: (facts: object) => console.error(facts) };
  relay = createRelay({ directory, temporal, taskQueue, log });
  await relay.start();
  app = createApp({
    directory,
    temporal,
    taskQueue,
    sealer: createSealer(world.settings.secretKey),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    log,
    onAccepted: () => relay.wake(),
  });
  key = await createKey(directory, { name: 'console', role: 'operator', actor: 'test' });
});
afterAll(async () => {
  await relay.stop();
  await world.close();
  await shell.close();
});

/** Asks for a change over HTTP and waits until it has been carried out. */
async function ask(method: string, path: string, body?: object): Promise<{ state: string }> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await app.request(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as { id: string };
  await untilSettled(world.directory, [id], () => undefined);
  return world.event(id);
}

const profileOf = async (employeeNumber: string) =>
  (await world.org.usersOf(employeeNumber)).map(({ IsActive, Profile }) => ({ IsActive, profile: Profile.Name }));

describe('over HTTP', () => {
  it('somebody who is added gets the account, moves when edited, and loses access when removed', async () => {
    const profile = {
      givenName: 'Ada',
      familyName: 'Byron',
      email: `${web}@joinery-demo.example`,
      department: 'Sales',
      country: 'GB',
    };
    expect(await ask('POST', '/people', { employeeNumber: web, profile })).toMatchObject({ state: 'done' });
    expect(await profileOf(web)).toEqual([{ IsActive: true, profile: 'Sales User' }]);

    const edited = await ask('PATCH', `/people/${web}`, { profile: { ...profile, department: 'Finance' } });
    expect(edited).toMatchObject({ state: 'done', body: { type: 'mover', profile: { department: 'Finance' } } });
    const [moved] = await profileOf(web);
    expect(moved?.IsActive).toBe(true);
    expect(moved?.profile).not.toBe('Sales User');

    const removed = await ask('DELETE', `/people/${web}?confirm=${web}&immediate=true`);
    expect(removed).toMatchObject({ state: 'done' });
    expect(await profileOf(web)).toMatchObject([{ IsActive: false }]);
  });
});

describe('joinery person', () => {
  const person = (...args: string[]) => shell.run(['person', ...args]);

  it('add, edit and delete do the same, and each says how it ended', async () => {
    const values = { givenName: 'Bo', familyName: 'Lang', email: `${typed}@joinery-demo.example`, department: 'Sales' };
    const set = Object.entries(values).map(([field, value]) => `${field}=${value}`);
    const added = await person('add', typed, ...set, '--wait');
    expect(added.out).toMatch(new RegExp(`^joiner of ${typed}, event cli:joiner:\\S+, due \\S+\ncarried out: 1 done`));
    expect(added.code).toBe(0);
    expect(await profileOf(typed)).toEqual([{ IsActive: true, profile: 'Sales User' }]);
    expect(await person('add', typed, ...set)).toMatchObject({
      code: 1,
      err: `joinery: Bo Lang (${typed}) is known and active: edit them instead\n`,
    });

    expect((await person('edit', typed, 'department=Sales')).out).toContain('nothing was sent');
    const later = await person('edit', typed, 'title=Chief', '--from', '2099-01-01', '--id', `later-${typed}`);
    expect(later.out).toContain(`event later-${typed}, due 2099-01-01T00:00:00.000Z`);
    const cancelled = await person('cancel', typed, `later-${typed}`, '--wait', '--json');
    expect(JSON.parse(cancelled.out)).toMatchObject({ result: 'accepted', type: 'rescind', states: { applied: 1 } });

    expect(await person('delete', typed, '--immediate')).toMatchObject({
      code: 1,
      err: expect.stringContaining(`confirm must be ${typed}`),
    });
    expect(await profileOf(typed)).toMatchObject([{ IsActive: true }]);
    expect((await person('delete', typed, '--immediate', '--confirm', typed, '--wait')).code).toBe(0);
    expect(await profileOf(typed)).toMatchObject([{ IsActive: false }]);
  });

  it('list finds them, prints CSV, and counts', async () => {
    expect((await person('list', '--status', 'left', '--text', 'bo LANG')).out).toMatch(
      new RegExp(`${typed} +Bo Lang +left +Sales +\\S+ +salesforce: inactive`),
    );
    expect((await person('list', '--text', typed, '--csv')).out).toMatch(
      new RegExp(`^employeeNumber,.*\r\n${typed},left,`),
    );
    expect((await person('list', '--filter', `employeeNumber == "${typed}"`, '--count')).out).toBe('1\n');
    expect(JSON.parse((await person('list', '--text', typed, '--json')).out)).toMatchObject({
      people: [{ employeeNumber: typed }],
      next: null,
    });
    expect(await person('list', '--where', 'shoeSize=1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('where'),
    });
  });

  it('show tells the groups and why', async () => {
    await world.directory`insert into person_group (name, label, rule) values
      ('Sellers', 'Sellers', 'department == "Sales"'), ('Chosen', 'Chosen', null), ('All', 'All', null)`;
    await world.directory`insert into group_child values ('All', 'Sellers')`;
    await world.directory`insert into membership values ('Chosen', ${typed})`;
    const { out } = await person('show', typed);
    expect(out).toMatch(/\nAll +through Sellers\nChosen +by name\nSellers +by rule: department == "Sales"\n/);
  });
});
