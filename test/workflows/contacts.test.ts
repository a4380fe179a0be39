/** Contacts told as a story: the example application gives people a contact, changes it, and takes it away when they leave. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Application } from '#domain/application.ts';
import { saveApplicationRules } from '#client/applications.ts';
import { findAccount } from '#directory/accounts.ts';
import { createSealer } from '#directory/sealing.ts';
import { openWorld, type World } from '../support/world.ts';

const EXAMPLE = new URL('../../docs/examples/salesforce-contacts.json', import.meta.url);

interface Contact {
  Id: string;
  LastName: string;
  Title: string | null;
  ReportsTo: { LastName: string } | null;
}

let world: World;

beforeEach(async () => {
  world = await openWorld('time-skipping');
  const document = JSON.parse(await readFile(EXAMPLE, 'utf8')) as Application;
  const settings = { ...document.settings, loginUrl: world.org.url };
  await saveApplicationRules(
    world.directory,
    createSealer(world.settings.secretKey),
    { ...document, settings },
    'test',
  );
});
afterEach(() => world.close());

const contacts = () => world.org.query<Contact>('SELECT Id, LastName, Title, ReportsTo.LastName FROM Contact');
const person = (employeeNumber: string, type: 'joiner' | 'mover', profile: Record<string, string>) => ({
  id: `${employeeNumber}-${type}`,
  type,
  employeeNumber,
  effectiveDate: world.day(-1),
  profile,
});

it('gives a contact beside the user, with whom it reports to, changes it, and puts it into the recycle bin', async () => {
  const of = (familyName: string) => ({
    familyName,
    email: `${familyName.toLowerCase()}@joinery-demo.example`,
    department: 'Sales',
    country: 'GB',
  });
  await world.submit(person('E1', 'joiner', of('Lovelace')));
  await world.untilIdle('E1');
  await world.submit(person('E2', 'joiner', { ...of('Byron'), managerEmployeeNumber: 'E1' }));
  await world.untilIdle('E2');
  expect((await contacts()).map(({ LastName, ReportsTo }) => [LastName, ReportsTo?.LastName])).toEqual([
    ['Lovelace', undefined],
    ['Byron', 'Lovelace'],
  ]);

  await world.submit(person('E2', 'mover', { title: 'Analyst' }));
  await world.untilIdle('E2');
  expect((await contacts())[1]).toMatchObject({ LastName: 'Byron', Title: 'Analyst' });

  await world.submit({ id: 'E2-leave', type: 'leaver', employeeNumber: 'E2', effectiveDate: world.day(-1) });
  await world.untilIdle('E2');
  expect((await world.event('E2-leave')).state).toBe('done');
  expect((await contacts()).map(({ LastName }) => LastName)).toEqual(['Lovelace']);
  expect(await findAccount(world.directory, 'E2', 'contacts')).toBeUndefined();
  expect(await world.org.usersOf('E2')).toMatchObject([{ IsActive: false }]);
});
