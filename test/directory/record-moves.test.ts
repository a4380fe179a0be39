/** The manifest of records that changed hands, as the directory keeps it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { saveApplication } from '#directory/applications.ts';
import {
  countReturnable,
  forgetUnmoved,
  markMoved,
  markReturned,
  noteMoves,
  returnableMoves,
  unsureMoves,
  unsureObjects,
} from '#directory/record-moves.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

let directory: FreshDirectory;

beforeAll(async () => {
  directory = await freshDirectory();
  await saveApplication(directory.sql, PLAIN_APPLICATION);
});
afterAll(() => directory.close());
beforeEach(() => directory.sql`truncate record_move`.then(() => undefined));

const leaving = (employeeNumber: string) => ({
  application: 'crm',
  eventId: `${employeeNumber}-leave`,
  employeeNumber,
});
const note = (from: string, to: string, recordIds: string[], object = 'Account') =>
  noteMoves(
    directory.sql,
    leaving(from),
    recordIds.map((recordId) => ({
      object,
      recordId,
      name: recordId,
      oldOwner: from,
      newOwner: to,
      newOwnerName: to,
    })),
  );
const returnable = (employeeNumber: string) =>
  returnableMoves(directory.sql, { employeeNumber, application: 'crm', object: 'Account', after: '' }, 10);

it('gives one person records back and leaves to another, who had the same before, what is theirs', async () => {
  await note('A', 'B', ['r1']);
  await markMoved(directory.sql, leaving('A'), 'Account', ['r1']);
  await note('B', 'C', ['r1']);
  await markMoved(directory.sql, leaving('B'), 'Account', ['r1']);

  await markReturned(directory.sql, { employeeNumber: 'B', application: 'crm' }, 'Account', ['r1']);
  expect(await countReturnable(directory.sql, ['A', 'B'], 'crm')).toEqual(new Map([['A', 1]]));
  expect(await returnable('A')).toMatchObject([{ recordId: 'r1', newOwner: 'B' }]);
});

it('lists what is unsure by type and page, and forgets nothing that moved', async () => {
  await note('A', 'B', ['r1', 'r2', 'r3']);
  await note('A', 'B', ['l1'], 'Lead');
  await markMoved(directory.sql, leaving('A'), 'Account', ['r2']);
  const unsure = async (after: string, limit: number) =>
    (await unsureMoves(directory.sql, leaving('A'), { object: 'Account', after }, limit)).map((move) => move.recordId);

  expect(await unsureObjects(directory.sql, leaving('A'))).toEqual(['Account', 'Lead']);
  expect(await unsure('', 1)).toEqual(['r1']);
  expect(await unsure('r1', 10)).toEqual(['r3']);

  await forgetUnmoved(directory.sql, leaving('A'), 'Account', ['r1', 'r2', 'r3']);
  expect(await unsureObjects(directory.sql, leaving('A'))).toEqual(['Lead']);
  expect(await returnable('A')).toMatchObject([{ recordId: 'r2' }]);
});
