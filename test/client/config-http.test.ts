/** The config over HTTP: who may read, compare and apply it, and what is refused. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { createSealer } from '#directory/sealing.ts';
import type { Role } from '#directory/api-keys.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let app: ReturnType<typeof createApp>;
const keys = new Map<Role, string>();

beforeAll(async () => {
  directory = await freshDirectory();
  const silent = () => undefined;
  app = createApp({
    directory: directory.sql,
    // No route of the config asks Temporal anything.
    temporal: {} as Client,
    sealer: createSealer(randomBytes(32)),
    hrSecret: 'a-secret-that-only-hr-knows',
    taskQueue: 'none',
    defaultTimeZone: 'UTC',
    log: { info: silent, warn: silent, error: (facts: object) => console.error(facts) },
    onAccepted: silent,
  });
  for (const role of ['viewer', 'operator', 'administrator'] as const)
    keys.set(role, await createKey(directory.sql, { name: role, role, actor: 'test' }));
});
afterAll(() => directory.close());

const ask = (role: Role, method: string, path: string, body?: string) =>
  app.request(path, {
    method,
    headers: { authorization: `Bearer ${keys.get(role)}`, 'content-type': 'application/yaml' },
    ...(body !== undefined && { body }),
  });

describe('over HTTP', () => {
  it('operators compare, administrators apply, viewers read', async () => {
    const file = 'groups:\n  - name: Sales\n    rule: department == "Sales"\n';
    expect((await ask('viewer', 'POST', '/config/diff', file)).status).toBe(403);
    const diff = await ask('operator', 'POST', '/config/diff?impact=true', file);
    expect(await diff.json()).toMatchObject({
      diff: [{ what: 'added', part: 'group', name: 'Sales' }],
      faults: [],
      impact: { people: 0 },
    });
    expect((await ask('operator', 'POST', '/config/apply', file)).status).toBe(403);
    expect((await ask('administrator', 'POST', '/config/apply', file)).status).toBe(200);
    const [audited] = await directory.sql`select actor, subject from audit where action = 'group saved'`;
    expect(audited).toEqual({ actor: 'key:administrator', subject: 'Sales' });
    const exported = await ask('viewer', 'GET', '/config');
    expect(exported.headers.get('content-type')).toContain('application/yaml');
    expect(await exported.text()).toContain('rule: department == "Sales"');
  });

  it('names what is wrong with its line, and takes no secret, not even by name', async () => {
    const wrong = await ask('administrator', 'POST', '/config/apply', 'groups:\n  - name: A\n    rulee: x\n');
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      fields: [{ field: 'groups.A.rulee', problem: 'is not known here (line 3, column 5)' }],
    });
    const application = `
applications:
  - name: crm
    label: CRM
    connector: salesforce
    settings: { loginUrl: "http://127.0.0.1:1", login: client-credentials, clientId: x }
    secret: { clientSecret: { env: HOME } }
    usernameAttribute: Username
    mappings: [{ attribute: Username, expression: email }]
    correlation: [{ attribute: Username, expression: email }]
    birthrights: []
`;
    const secret = await ask('administrator', 'POST', '/config/apply', application);
    expect(secret.status).toBe(400);
    expect(await secret.text()).toContain('applications.crm.secret');
  });

  it('applies what was read, or nothing where somebody changed something since', async () => {
    const file = 'groups:\n  - name: Readers\n';
    const { version } = (await (await ask('operator', 'POST', '/config/diff', file)).json()) as { version: string };
    // It has nothing to do with the file; who read the impact read it of another directory all the same.
    await ask('administrator', 'POST', '/config/apply', 'groups:\n  - name: Others\n');
    const late = await ask('administrator', 'POST', `/config/apply?version=${version}`, file);
    expect(late.status).toBe(409);
    expect(await (await ask('viewer', 'GET', '/config')).text()).not.toContain('Readers');
    const again = (await (await ask('operator', 'POST', '/config/diff', file)).json()) as { version: string };
    expect((await ask('administrator', 'POST', `/config/apply?version=${again.version}`, file)).status).toBe(200);
  });

  it('takes files of up to 64 KB, and none of more than 64 KB', async () => {
    const comment = (size: number) => `# ${'x'.repeat(size)}\n`;
    expect((await ask('operator', 'POST', '/config/diff', comment(60_000))).status).toBe(200);
    expect((await ask('operator', 'POST', '/config/diff', comment(70_000))).status).toBe(413);
  });
});
