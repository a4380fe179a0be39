/** How far an account is taken away, by policy and by what the application can. */
import { describe, expect, it } from 'vitest';
import type { RemovalPolicy } from '#domain/application.ts';
import { removalFor, removalWarnings, type RemovalAbilities } from '#domain/removal.ts';

const CAN_ALL = { freeze: true, scan: true, deactivate: true, delete: true };
const policy = (leaver: RemovalPolicy['leaver'], deleteAfterDays = 0): RemovalPolicy => ({
  leaver,
  outOfScope: 'keep',
  deleteAfterDays,
});
const leaver = (says: RemovalPolicy, can: Partial<RemovalAbilities> = {}, deletionDue = false) =>
  removalFor(says, { ...CAN_ALL, ...can }, { cause: 'leaver', deletionDue });
/** The steps by name. */
const steps = ({ removal }: ReturnType<typeof leaver>) =>
  Object.entries(removal).flatMap(([step, is]) => (is === true ? [step] : []));

describe('a leaver', () => {
  it.each<[RemovalPolicy, Partial<RemovalAbilities>, string[]]>([
    [policy('freeze'), {}, ['freeze']],
    [policy('deactivate'), {}, ['freeze', 'scan', 'deactivate', 'revoke']],
    [policy('delete'), {}, ['freeze', 'scan', 'deactivate', 'delete', 'revoke']],
    [policy('delete', 30), {}, ['freeze', 'scan', 'deactivate', 'revoke']],
    [policy('deactivate'), { deactivate: false }, ['freeze', 'scan', 'delete', 'revoke']],
    [policy('delete', 30), { deactivate: false }, ['freeze', 'scan', 'revoke']],
    [policy('delete'), { delete: false }, ['freeze', 'scan', 'deactivate', 'revoke']],
  ])('%j, where the application can %j: %j', (says, can, expected) => {
    expect(steps(leaver(says, can)).toSorted()).toEqual(expected.toSorted());
  });

  it('whose account is to be deleted later is told when, until it is due', () => {
    expect(leaver(policy('delete', 30)).removal.deleteAfterDays).toBe(30);
    expect(leaver(policy('delete', 30), { deactivate: false }).removal.deleteAfterDays).toBe(30);
    const due = leaver(policy('delete', 30), {}, true);
    expect(steps(due)).toContain('delete');
    expect(due.removal).not.toHaveProperty('deleteAfterDays');
  });

  it('is not deleted when a policy that said so says otherwise by then', () => {
    expect(steps(leaver(policy('deactivate', 30), {}, true))).not.toContain('delete');
  });

  it('of what the application can not do, people are warned', () => {
    expect(leaver(policy('delete'), { delete: false }).warnings.join()).toMatch(/can not delete/);
    expect(leaver(policy('freeze'), { freeze: false }).warnings.join()).toMatch(/can not freeze/);
    expect(leaver(policy('delete')).warnings).toEqual([]);
  });
});

it('what a policy says in vain is told beforehand', () => {
  const outOfScope = { ...policy('deactivate', 30), outOfScope: 'delete' as const };
  expect(removalWarnings(policy('delete', 30), CAN_ALL)).toEqual([]);
  expect(removalWarnings(outOfScope, CAN_ALL)).toEqual([]);
  expect(removalWarnings(outOfScope, { ...CAN_ALL, delete: false }).join()).toMatch(/can not delete/);
  expect(removalWarnings(policy('deactivate', 30), CAN_ALL).join()).toMatch(/deleteAfterDays says nothing/);
});

it('somebody out of scope has a depth of their own', () => {
  const out = (outOfScope: RemovalPolicy['outOfScope']) =>
    removalFor({ ...policy('delete'), outOfScope }, CAN_ALL, { cause: 'mover', deletionDue: false });
  expect(steps(out('keep'))).toEqual([]);
  expect(steps(out('freeze'))).toEqual(['freeze']);
  expect(steps(out('delete'))).toContain('delete');
});
