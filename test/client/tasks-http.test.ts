/** Tasks and pauses over HTTP: who may read and who may answer, what is refused and how, and that it reaches the run. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HrEvent } from '#domain/hr-event.ts';
import type { Task } from '#domain/task.ts';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { closeTask, findTask, openTask } from '#directory/tasks.ts';
import { createSealer } from '#directory/sealing.ts';
import { openWorld, type World } from '../support/world.ts';

interface Answer {
  status: number;
  body: unknown;
}

interface Api {
  world: World;
  keys: Record<'viewer' | 'operator' | 'administrator', string>;
  ask(path: string, key?: string): Promise<Answer>;
  say(path: string, key: string | undefined, body?: unknown, contentType?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** A world with the HTTP API before it. */
async function openApi(options: { worker: boolean }): Promise<Api> {
  const world = await openWorld('real-time', options);
  const quiet = () => undefined;
  const app = createApp({
    directory: world.directory,
    temporal: world.client,
    taskQueue: world.taskQueue,
    sealer: createSealer(world.settings.secretKey),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    log: { info: quiet, warn: quiet, error: (facts: object) => console.error(facts) },
    onAccepted: quiet,
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const make = (role: 'viewer' | 'operator' | 'administrator') =>
    createKey(world.directory, { name: `${role} console`, role, actor: 'test' });
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, init);
    return { status: response.status, body: await response.json() };
  };
  const proof = (key: string | undefined): Record<string, string> => (key ? { authorization: `Bearer ${key}` } : {});
  return {
    world,
    keys: {
      viewer: await make('viewer'),
      operator: await make('operator'),
      administrator: await make('administrator'),
    },
    ask: (path, key) => call(path, { headers: proof(key) }),
    say: (path, key, body, contentType = 'application/json') =>
      call(path, {
        method: 'POST',
        headers: { ...proof(key), ...(body === undefined ? {} : { 'content-type': contentType }) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async close() {
      server.close();
      await world.close();
    },
  };
}

/** Nobody else's employee number on the shared server. */
const person = () => `H${randomBytes(5).toString('hex')}`;

/** An event whose time zone Salesforce does not know: it is stuck until somebody says something. */
const stuckJoiner = (world: World, employeeNumber: string): HrEvent => ({
  id: `j-${employeeNumber}`,
  type: 'joiner',
  employeeNumber,
  effectiveDate: world.day(-2),
  profile: {
    givenName: 'Ada',
    familyName: 'Byron',
    email: `${employeeNumber}@joinery-demo.example`,
    timeZone: 'Pacific/Chatham',
  },
});

const ids = ({ body }: Answer): number[] => (body as Task[]).map(({ id }) => id);
const fields = ({ body }: Answer): string[] =>
  ((body as { fields?: { field: string }[] }).fields ?? []).map(({ field }) => field);

describe('tasks, where no worker runs', () => {
  let api: Api;
  const numbers = [person(), person(), person()] as const;
  let tasks: Task[];

  beforeAll(async () => {
    api = await openApi({ worker: false });
    await api.world.submit(...numbers.map((number) => stuckJoiner(api.world, number)));
  });
  beforeEach(async () => {
    await api.world.directory`delete from task`;
    tasks = [];
    for (const number of numbers)
      tasks.push(
        await openTask(api.world.directory, {
          workflowId: `person:${number}`,
          eventId: `j-${number}`,
          employeeNumber: number,
          person: 'Ada Byron',
          application: 'salesforce',
          operation: 'create',
          kind: 'invalid-data',
          message: 'salesforce: no such time zone',
          remedy: 'correct the profile',
          resource: null,
        }),
      );
  });
  afterAll(() => api.close());

  const idOf = (index: number): number => tasks[index]?.id ?? 0;

  it('are listed open and oldest first, to everybody with a key', async () => {
    const [first, second, third] = [idOf(0), idOf(1), idOf(2)];
    await closeTask(api.world.directory, second, { state: 'skipped', by: 'cli:0', note: 'not needed' });
    for (const key of Object.values(api.keys)) expect(ids(await api.ask('/tasks', key))).toEqual([first, third]);
    expect(ids(await api.ask('/tasks?state=all', api.keys.viewer))).toEqual([first, second, third]);
    expect(ids(await api.ask('/tasks?state=skipped', api.keys.viewer))).toEqual([second]);
    expect(ids(await api.ask(`/tasks?user=${numbers[2]}`, api.keys.viewer))).toEqual([third]);
    expect(ids(await api.ask('/tasks?application=salesforce&limit=1', api.keys.viewer))).toEqual([first]);
    expect(ids(await api.ask('/tasks?application=other', api.keys.viewer))).toEqual([]);
  });

  it('are shown one by one, with everything that is known', async () => {
    const { status, body } = await api.ask(`/tasks/${idOf(0)}`, api.keys.viewer);
    expect(status).toBe(200);
    expect(body).toEqual(await findTask(api.world.directory, idOf(0)));
    expect(body).toMatchObject({ person: 'Ada Byron', message: 'salesforce: no such time zone', attempts: 1 });
    expect(await api.ask('/tasks/999999', api.keys.viewer)).toMatchObject({
      status: 404,
      body: { error: 'not-found', message: 'there is no task 999999' },
    });
  });

  it.each([
    ['/tasks?state=closed', 'state'],
    ['/tasks?limit=0', 'limit'],
    ['/tasks?limit=1001', 'limit'],
    ['/tasks?limit=many', 'limit'],
    ['/tasks?application=%00', 'application'],
    ['/tasks?user=%00', 'user'],
    ['/tasks/none', 'id'],
    ['/tasks/0', 'id'],
    ['/tasks/1.5', 'id'],
    ['/tasks/99999999999999999999', 'id'],
  ])('asked as %s are refused, naming %s', async (path, field) => {
    const answer = await api.ask(path, api.keys.viewer);
    expect(answer.status).toBe(400);
    expect(fields(answer)).toEqual([field]);
  });

  it.each(['retry', 'skip', 'resolve'])(
    'are not answered %s by whoever may only read, nor without a key',
    async (verb) => {
      const path = `/tasks/${idOf(0)}/${verb}`;
      expect((await api.say(path, undefined, { note: 'x' })).status).toBe(401);
      expect(await api.say(path, api.keys.viewer, { note: 'x' })).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('needs the role operator') },
      });
      expect((await findTask(api.world.directory, idOf(0)))?.state).toBe('open');
    },
  );

  it.each([
    ['skip', {}, 'note'],
    ['skip', { note: '' }, 'note'],
    ['skip', { note: '   ' }, 'note'],
    ['skip', { note: 5 }, 'note'],
    ['skip', { note: 'x'.repeat(1_001) }, 'note'],
    ['skip', { note: 'a\u0000b' }, 'note'],
    ['skip', { note: 'a\ud800' }, 'note'],
    ['retry', { note: 'x'.repeat(1_001) }, 'note'],
    ['resolve', {}, 'note'],
    ['resolve', { note: 'that one', account: "005' or Id != '" }, 'account'],
    ['resolve', { note: 'that one', account: '' }, 'account'],
  ])('answered %s with %j are refused, naming %s', async (verb, body, field) => {
    const answer = await api.say(`/tasks/${idOf(0)}/${verb}`, api.keys.operator, body);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid' } });
    expect(fields(answer)).toContain(field);
  });

  it.each([
    ['retry', { by: 'key:somebody else' }, 'by'],
    ['skip', { note: 'x', taskId: 1 }, 'taskId'],
    ['skip', { note: 'x', account: '005000000000000AAA' }, 'account'],
    ['resolve', { note: 'x', by: 'cli:0' }, 'by'],
    ['skip', [], 'body'],
  ])('answered %s take nothing that is not theirs: %j', async (verb, body, field) => {
    const answer = await api.say(`/tasks/${idOf(0)}/${verb}`, api.keys.operator, body);
    expect(answer.status).toBe(400);
    expect(fields(answer)).toEqual([field]);
  });

  it('answered with what is not JSON are refused as such', async () => {
    const path = `/tasks/${idOf(0)}/skip`;
    expect(await api.say(path, api.keys.operator, '{')).toMatchObject({
      status: 400,
      body: { error: 'invalid', message: 'the body is not JSON', fields: [{ field: 'body' }] },
    });
    expect(await api.say(path, api.keys.operator, 'note=x', 'text/plain')).toMatchObject({
      status: 415,
      body: { error: 'unsupported', message: 'send the body as application/json' },
    });
    expect((await api.say(path, api.keys.operator)).status).toBe(400);
  });

  it('that are not there are 404, closed ones 409 with who closed them', async () => {
    expect((await api.say('/tasks/999999/retry', api.keys.operator)).status).toBe(404);
    await closeTask(api.world.directory, idOf(0), { state: 'resolved', by: 'key:ada', note: 'done in Setup' });
    expect(await api.say(`/tasks/${idOf(0)}/retry`, api.keys.operator)).toMatchObject({
      status: 409,
      body: { error: 'conflict', message: expect.stringMatching(/was resolved by key:ada at .*: done in Setup$/) },
    });
  });

  it('whose run is gone are 409, and say where to look', async () => {
    await api.world.directory`update task set workflow_id = 'person:nobody-of-that-number' where id = ${idOf(0)}`;
    expect(await api.say(`/tasks/${idOf(0)}/skip`, api.keys.operator, { note: 'x' })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining(`joinery person show ${numbers[0]}`) },
    });
  });

  it('are 503 when nobody answers, which does not promise that nothing will come of it', async () => {
    const answer = await api.say(`/tasks/${idOf(0)}/skip`, api.keys.operator, { note: 'x' });
    expect(answer).toMatchObject({ status: 503, body: { error: 'unavailable' } });
    expect(answer.body).toMatchObject({ message: expect.stringContaining('may still take the skip') });
    expect((await findTask(api.world.directory, idOf(0)))?.state).toBe('open');
  }, 30_000);
});

describe('tasks that a run waits with', () => {
  let api: Api;
  beforeAll(async () => {
    api = await openApi({ worker: true });
  });
  afterAll(() => api.close());

  async function stuck(): Promise<{ number: string; task: Task }> {
    const number = person();
    await api.world.submit(stuckJoiner(api.world, number));
    return { number, task: await api.world.untilTask() };
  }

  it('are retried without a body, stay under their number, and are skipped for good by the key that says so', async () => {
    const { number, task } = await stuck();
    const path = `/tasks/${task.id}`;
    expect(await api.say(`${path}/retry`, api.keys.operator)).toEqual({
      status: 200,
      body: { says: `task ${task.id}: retry by key:operator console` },
    });
    const skip = () => api.say(`${path}/skip`, api.keys.operator, { note: '  not needed  ' });
    await expect.poll(async () => (await skip()).status, { timeout: 10_000 }).toBe(200);
    await api.world.untilIdle(number);
    expect((await api.ask(path, api.keys.viewer)).body).toMatchObject({
      state: 'skipped',
      attempts: 2,
      closedBy: 'key:operator console',
      note: 'not needed',
    });
    expect(await skip()).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('skipped by key:operator console') },
    });
    expect((await api.ask('/tasks', api.keys.viewer)).body).toEqual([]);
  }, 30_000);

  it('are resolved with the account that is the person’s, or refused with the reason', async () => {
    const number = person();
    const email = `${number}@joinery-demo.example`;
    const made = ['one', 'two'].map((name) =>
      api.world.org.createUser({ Username: `${name}-${email}`, EmployeeNumber: number }),
    );
    const [, theirs = ''] = await Promise.all(made);
    const { profile, ...rest } = { profile: {}, ...stuckJoiner(api.world, number) };
    await api.world.submit({ ...rest, profile: { ...profile, timeZone: 'Europe/London' } } as HrEvent);
    const task = await api.world.untilTask();
    const resolve = (account: string) =>
      api.say(`/tasks/${task.id}/resolve`, api.keys.administrator, { note: 'asked her', account });
    expect(await resolve('005000000000000AAA')).toMatchObject({
      status: 409,
      body: { error: 'conflict', message: 'salesforce: there is no account 005000000000000AAA' },
    });
    expect((await resolve(theirs)).status).toBe(200);
    await api.world.untilIdle(number);
    expect(await findTask(api.world.directory, task.id)).toMatchObject({
      state: 'resolved',
      closedBy: 'key:administrator console',
    });
    const [account] = await api.world.directory`select native_id from account where employee_number = ${number}`;
    expect(account).toEqual({ native_id: theirs });
  }, 30_000);

  it('answered by two at once are answered by one, and the other is told', async () => {
    const { number, task } = await stuck();
    const [first, second] = await Promise.all([
      api.say(`/tasks/${task.id}/skip`, api.keys.operator, { note: 'mine' }),
      api.say(`/tasks/${task.id}/skip`, api.keys.administrator, { note: 'no, mine' }),
    ]);
    expect([first.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    await api.world.untilIdle(number);
    const closed = await findTask(api.world.directory, task.id);
    expect(closed).toMatchObject(
      first.status === 200
        ? { closedBy: 'key:operator console', note: 'mine' }
        : { closedBy: 'key:administrator console', note: 'no, mine' },
    );
  }, 30_000);
});

describe('an application', () => {
  let api: Api;
  beforeAll(async () => {
    api = await openApi({ worker: false });
  });
  beforeEach(async () => {
    await api.world.directory`delete from application_state`;
    await api.world.directory`delete from audit`;
  });
  afterAll(() => api.close());

  const pause = (key: string | undefined, body: object = { reason: 'migration' }) =>
    api.say('/applications/salesforce/pause', key, body);
  const resume = (key: string | undefined) => api.say('/applications/salesforce/resume', key);
  const audit = () => api.world.directory`select actor, action, subject, detail from audit order by sequence`;
  const shown = async () =>
    ((await api.ask('/applications', api.keys.viewer)).body as { pause: object | null }[]).map((one) => one.pause);

  it('is paused and resumed by an operator; each is audited, and everybody sees it', async () => {
    expect(await shown()).toEqual([null]);
    expect(await pause(api.keys.operator)).toEqual({ status: 200, body: { changed: true } });
    expect(await shown()).toMatchObject([{ by: 'key:operator console', reason: 'migration' }]);
    expect(await pause(api.keys.administrator, { reason: 'another' })).toEqual({
      status: 200,
      body: { changed: false },
    });
    expect(await shown()).toMatchObject([{ by: 'key:operator console', reason: 'migration' }]);
    expect(await resume(api.keys.operator)).toEqual({ status: 200, body: { changed: true } });
    expect(await resume(api.keys.operator)).toEqual({ status: 200, body: { changed: false } });
    expect(await shown()).toEqual([null]);
    expect(await audit()).toEqual([
      {
        actor: 'key:operator console',
        action: 'application paused',
        subject: 'salesforce',
        detail: { reason: 'migration' },
      },
      { actor: 'key:operator console', action: 'application resumed', subject: 'salesforce', detail: {} },
    ]);
  });

  it('is neither paused nor resumed by whoever may only read, nor without a key', async () => {
    for (const [key, status] of [
      [undefined, 401],
      [api.keys.viewer, 403],
    ] as const) {
      expect((await pause(key)).status).toBe(status);
      expect((await resume(key)).status).toBe(status);
    }
    expect(await shown()).toEqual([null]);
    expect(await audit()).toEqual([]);
  });

  it('that nobody knows is 404', async () => {
    const answers = [
      await api.say('/applications/none/pause', api.keys.operator, { reason: 'x' }),
      await api.say('/applications/none/resume', api.keys.operator),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 404, body: { message: 'there is no application none' } });
    expect((await api.say('/applications/%00/resume', api.keys.operator)).status).toBe(400);
  });

  it.each([
    [{}, 'reason'],
    [{ reason: ' ' }, 'reason'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
    [{ reason: 'a\u0000' }, 'reason'],
    [{ reason: 'a\ud800' }, 'reason'],
  ])('paused with %j is refused, naming %s', async (body, field) => {
    const answer = await pause(api.keys.operator, body);
    expect(answer.status).toBe(400);
    expect(fields(answer)).toContain(field);
    expect(await shown()).toEqual([null]);
  });

  it('and its tasks are in OpenAPI, each with what it answers', async () => {
    const { body } = await api.ask('/openapi.json', api.keys.viewer);
    const { paths, components } = body as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, { required?: string[] }> };
    };
    const answers = (path: string, method: string) => Object.keys(paths[path]?.[method]?.responses ?? {});
    expect(answers('/tasks', 'get')).toEqual(['200', '400', '401', '403', '404']);
    expect(answers('/tasks/{id}', 'get')).toEqual(['200', '400', '401', '403', '404']);
    for (const verb of ['retry', 'skip', 'resolve'])
      expect(answers(`/tasks/{id}/${verb}`, 'post')).toEqual(['200', '400', '401', '403', '404', '409', '415', '503']);
    for (const verb of ['pause', 'resume'])
      expect(answers(`/applications/{name}/${verb}`, 'post')).toEqual(expect.arrayContaining(['200', '404']));
    expect(components.schemas['Task']?.required).toEqual(expect.arrayContaining(['remedy', 'closedBy', 'note']));
  });
});
