/** What an import does with each account: whose it is, or the person it makes. */
import type { Account, AttributeValue } from '#domain/account.ts';
import type { SeenAccount } from '#domain/account-situation.ts';
import type { Application } from '#domain/application.ts';
import { localDate } from '#domain/due.ts';
import { ExpressionError, type Expressions } from '#domain/expression.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { readHrEvent, type Fault } from '#domain/hr-event-input.ts';
import { importedPerson, importMappingsOf, importSourceOf } from '#domain/import-mapping.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { displayName } from '#domain/person.ts';
import { comparable } from '#domain/username.ts';
import type { NewAccountRow } from '#directory/account-imports.ts';

/** A row without the line it stands on. */
type Classified = Omit<NewAccountRow, 'line'>;

export interface Classification {
  /** The import's id. */
  id: number;
  application: Application;
  managerAttribute: string | undefined;
  fields: readonly ProfileField[];
  expressions: Expressions;
  includeInactive: boolean;
  defaultTimeZone: string;
  /** The numbers of everybody who is known, comparable. */
  numbers: ReadonlySet<string>;
}

/** Says of one account after the other what an import does with it: whom it is linked to, or who is made of it, or why nobody. */
export function createClassifier({
  id,
  application,
  managerAttribute,
  fields,
  expressions,
  includeInactive,
  defaultTimeZone,
  numbers,
}: Classification): (account: Account, seen: SeenAccount) => Classified {
  // Whose account the manager's is, is known only when all are staged.
  const mappings = importMappingsOf(application).filter(
    ({ field, attribute }) => field !== 'managerEmployeeNumber' || attribute !== managerAttribute,
  );
  const sources = new Map(mappings.map((mapping) => [mapping.field, importSourceOf(mapping)]));
  const now = new Date().toISOString();

  function classify(account: Account, { situation, employeeNumber, person, why }: SeenAccount): Classified {
    const { nativeId, username, status, attributes } = account;
    const manager = textOf(managerAttribute === undefined ? null : attributes[managerAttribute]);
    const row = {
      account: { nativeId, username, status, attributes, ...(manager === '' ? {} : { manager }) },
      name: person ?? username,
      verdict: situation,
      links: situation === 'unlinked' && why === undefined,
      ...(employeeNumber === undefined ? {} : { employeeNumber }),
      ...(why === undefined ? {} : { reason: why }),
    };
    if (situation !== 'unmatched') return row;
    const made = personOf(account);
    if ('reason' in made) return { ...row, reason: made.reason };
    const { event, startDate } = made;
    const told = startDate === undefined ? row.account : { ...row.account, startDate };
    const { employeeNumber: number, profile = {} } = event;
    const name = displayName({ employeeNumber: number, profile });
    return { account: told, name, verdict: 'new', links: true, employeeNumber: number, event };
  }

  /** The joiner that makes the account's person, or why there is none. */
  function personOf(account: Account): { event: HrChange; startDate?: string } | { reason: string } {
    if (account.status === 'inactive' && !includeInactive) return { reason: 'the account is inactive' };
    const person = orReason(() => importedPerson(mappings, account, fields, expressions));
    if ('reason' in person) return person;
    const { employeeNumber, startDate, profile } = person;
    if (employeeNumber === undefined) return { reason: missing('employeeNumber') };
    if (numbers.has(comparable(employeeNumber)))
      return { reason: `employeeNumber: ${employeeNumber} is known, and no correlation rule finds this account` };
    const today = localDate(now, defaultTimeZone);
    if (startDate !== undefined && startDate > today)
      return { reason: `startDate: is ${startDate}: whoever starts later is made by a joiner` };
    const joiner = {
      id: `import:${id}:${employeeNumber}`,
      type: 'joiner',
      employeeNumber,
      effectiveDate: startDate ?? today,
      profile,
    } satisfies HrChange;
    const read = readHrEvent(joiner, fields, today);
    // The id is made of the number.
    if ('faults' in read)
      return {
        reason: read.faults
          .filter(({ field }) => field !== 'id')
          .map(described)
          .join('; '),
      };
    const inScope = orReason(() => ({
      holds: expressions.holds(application.scope, {
        employeeNumber,
        status: 'active',
        profile,
        startDate: startDate ?? null,
      }),
    }));
    if ('reason' in inScope) return inScope;
    if (!inScope.holds) return { reason: 'the application is not for this person, and would take the account away' };
    return { event: joiner, ...(startDate === undefined ? {} : { startDate }) };
  }

  function described({ field, problem }: Fault): string {
    const name = field.replace(/^profile\./, '').replace('effectiveDate', 'startDate');
    return problem === 'is missing' ? missing(name) : `${name}: ${problem}`;
  }

  function missing(name: string): string {
    return `${name}: is missing (${sources.get(name) ?? 'nothing is mapped to it'})`;
  }

  return classify;
}

function orReason<T extends object>(compute: () => T): T | { reason: string } {
  try {
    return compute();
  } catch (error) {
    if (error instanceof ExpressionError) return { reason: error.message };
    throw error;
  }
}

function textOf(value: AttributeValue | undefined): string {
  return String(value ?? '');
}
