/** An application is stored with the profile fields and groups that its rules speak of, or not at all. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault } from '#domain/hr-event-input.ts';
import { removeApplication } from '#client/applications.ts';
import { removeGroup, saveGroup } from '#client/groups.ts';
import { defineProfileField, removeProfileField } from '#client/profile-fields.ts';
import { findApplication } from '#directory/applications.ts';
import { listGroups } from '#directory/groups.ts';
import { createSealer } from '#directory/sealing.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const sealer = createSealer(randomBytes(32));
let directory: FreshDirectory;
let org: SimulatedOrg;

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
});
afterAll(async () => {
  await org.close();
  await directory.close();
});

const faultsOf = (name: string, url: string): Promise<string[]> =>
  saveDemoApplication(directory.sql, sealer, url, { name, scope: '"Crew" in groups && badge != ""' }).then(
    () => [],
    ({ faults }: { faults: Fault[] }) => faults.map(({ field, problem }) => `${field}: ${problem}`),
  );

describe('a field or group that the rules speak of', () => {
  it('can not go while the application is asked', async () => {
    await defineProfileField(directory.sql, { name: 'badge' }, 'test');
    await saveGroup(directory.sql, { name: 'Crew' }, 'test');
    await org.addFault({ match: { path: '/describe' }, action: { kind: 'stall-body' } });
    await org.clearLog();
    const saving = faultsOf('slow', org.url);
    await vi.waitFor(async () => expect(JSON.stringify(await org.requests())).toContain('/describe'), 4_000);
    await removeGroup(directory.sql, 'Crew', 'test');
    await removeProfileField(directory.sql, 'badge', { forgetValues: false, actor: 'test' });
    expect(await saving).toEqual([expect.stringContaining('Unknown variable: badge')]);
    expect(await findApplication(directory.sql, 'slow')).toBeUndefined();
    await org.clearFaults();
  }, 15_000);

  it('can not go while the application is stored', async () => {
    await defineProfileField(directory.sql, { name: 'badge' }, 'test');
    for (let round = 0; round < 10; round++) {
      await saveGroup(directory.sql, { name: 'Crew' }, 'test');
      const [faults] = await Promise.all([
        faultsOf('racing', 'http://127.0.0.1:1'),
        removeGroup(directory.sql, 'Crew', 'test'),
      ]);
      const crew = (await listGroups(directory.sql)).some(({ name }) => name === 'Crew');
      expect({ stored: (await findApplication(directory.sql, 'racing')) !== undefined, crew }).toEqual(
        faults.length === 0 ? { stored: true, crew: true } : { stored: false, crew: false },
      );
      await removeApplication(directory.sql, 'racing', { forgetAccounts: true, actor: 'test' });
    }
  });
});
