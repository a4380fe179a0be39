/** From one sealing key to the next: all secrets or none, told in the audit, and safe to repeat. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listSeals, rotateSecrets } from '#client/secrets.ts';
import { openSecret, sealSecret } from '#directory/application-secrets.ts';
import { listApplications, replaceSeal } from '#directory/applications.ts';
import { createSealer, type Sealer } from '#directory/sealing.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const [lost, old, current] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const sealer = createSealer(current, [old]);

let directory: FreshDirectory;

beforeEach(async () => {
  directory = await freshDirectory();
});
afterEach(() => directory.close());

async function save(name: string, by: Sealer): Promise<void> {
  await saveDemoApplication(directory.sql, by, 'http://127.0.0.1:1', { name });
}

const rotate = () => rotateSecrets(directory.sql, sealer, 'cli:test');
const opened = async () => (await listApplications(directory.sql)).map((one) => openSecret(sealer, one));
const audits = async () =>
  (await directory.sql`select actor, subject, detail from audit where action = 'secret sealed anew'`).map((row) => ({
    ...row,
  }));

describe('rotation', () => {
  it('seals anew what another key sealed, leaves the rest, and tells it in the audit', async () => {
    await save('first', createSealer(old));
    await save('second', sealer);
    const versions = (await listApplications(directory.sql)).map(({ version }) => version);

    expect(await rotate()).toEqual({
      keyId: sealer.keyId,
      resealed: ['first'],
      alreadyCurrent: ['second'],
      unopened: [],
    });
    expect(await listSeals(directory.sql, sealer)).toEqual([
      { application: 'first', keyId: sealer.keyId, key: 'current' },
      { application: 'second', keyId: sealer.keyId, key: 'current' },
    ]);
    const secret = { clientSecret: 'joinery-demo-secret' };
    expect(await opened()).toEqual([secret, secret]);
    expect((await listApplications(directory.sql)).map(({ version }) => version)).toEqual(versions);
    const detail = { old: { keyId: createSealer(old).keyId }, new: { keyId: sealer.keyId } };
    expect(await audits()).toEqual([{ actor: 'cli:test', subject: 'first', detail }]);
  });

  it('does nothing the second time', async () => {
    await save('first', createSealer(old));
    await rotate();
    const [before] = await listApplications(directory.sql);
    expect(await rotate()).toMatchObject({ resealed: [], alreadyCurrent: ['first'] });
    expect((await listApplications(directory.sql))[0]?.sealedSecret).toEqual(before?.sealedSecret);
    expect(await audits()).toHaveLength(1);
  });

  it('changes nothing when there is one that no key opens', async () => {
    await save('first', createSealer(old));
    await save('second', createSealer(lost));
    const rotation = await rotate();
    expect(rotation).toMatchObject({ resealed: [], unopened: [{ application: 'second' }] });
    expect(rotation.unopened[0]?.problem).toContain(`sealed with key ${createSealer(lost).keyId}`);
    expect((await listSeals(directory.sql, sealer)).map(({ key }) => key)).toEqual(['old', 'missing']);
    expect(await audits()).toEqual([]);
  });

  it('does not take a secret for current that was moved here from another application', async () => {
    await save('first', sealer);
    await save('second', sealer);
    await directory.sql`
      update application set sealed_secret = (select sealed_secret from application where name = 'first') where name = 'second'`;
    expect(await rotate()).toMatchObject({ resealed: [], unopened: [{ application: 'second' }] });
  });

  it('waits for an application that is being saved, and seals what was saved', async () => {
    await save('first', createSealer(old));
    const saved = sealSecret(createSealer(old), 'first', { clientSecret: 'saved meanwhile' });
    const waiting = () => directory.sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    let rotating: ReturnType<typeof rotate> | undefined;
    await directory.sql.begin(async (tx) => {
      await replaceSeal(tx, 'first', saved);
      rotating = rotate();
      await vi.waitFor(async () => expect(await waiting()).toHaveLength(1));
    });
    expect(await rotating).toMatchObject({ resealed: ['first'] });
    expect(await opened()).toEqual([{ clientSecret: 'saved meanwhile' }]);
  });
});
