/** Import of accounts: everybody an application lists, staged: whose each account is, and who can be made of it. */
import type { Account } from '#domain/account.ts';
import type { Application } from '#domain/application.ts';
import { createExpressions, type Expressions } from '#domain/expression.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { comparable } from '#domain/username.ts';
import { addAccountRows, disputeNamesakes, nameManagers, type NewAccountRow } from '#directory/account-imports.ts';
import { findApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';
import { createClassifier } from './account-classes.ts';
import { connectTo, type Connected } from './application-answers.ts';
import { stageImport } from './import-session.ts';
import { refuse, seeAccounts } from './import-users.ts';
import { Refusal } from './refusal.ts';
import { holdValues, uniqueFaults, valuesHeld, type HeldValues } from './unique-values.ts';

export interface AccountStaging {
  directory: Sql;
  sealer: Sealer;
  /** For people whose time zone nobody knows. */
  defaultTimeZone: string;
  /** Who asks. */
  by: string;
  /** Condition over an account: only those that meet it are taken. */
  where?: string | undefined;
  /** Accounts that are inactive make people too. */
  includeInactive?: boolean | undefined;
  /** Told how many accounts are staged, after each page. */
  onPage?: ((accounts: number) => void) | undefined;
}

/**
 * Stages the accounts of an application, page by page as it lists them: nothing but the rows is written, here or there.
 * Answers the import; undefined when there is no such application. Throws Refusal before anything is staged, ConnectorError
 * and ExpressionError at any page: the import has failed then. Again, it is another import.
 */
export async function stageAccounts(asked: AccountStaging, name: string): Promise<ImportRecord | undefined> {
  const { directory, sealer, by, where, includeInactive = false } = asked;
  const application = await findApplication(directory, name);
  const connector = await connectTo(directory, sealer, name);
  if (!application || !connector) return undefined;
  await refuse(directory, application, connector, true);
  const { fields, groups } = await loadPolicy(directory);
  const expressions = createExpressions(fields, groups);
  await refuseCondition(where, connector, expressions);
  const options = { ...(where === undefined ? {} : { where }), ...(includeInactive ? { includeInactive } : {}) };
  const made = { kind: 'accounts', source: name, application: name, options, createdBy: by } as const;
  return stageImport(directory, made, async (id) => {
    await stagePages({ ...asked, id, application, connector, fields, expressions, includeInactive });
    await directory.begin(async (tx) => {
      await disputeNamesakes(tx, id);
      await nameManagers(tx, id, name);
    });
    return {};
  });
}

/** A condition that speaks of what accounts are not read with would quietly take nobody. */
async function refuseCondition(where: string | undefined, connector: Connected, expressions: Expressions) {
  if (where === undefined) return;
  const fault = expressions.fault(where, 'account condition');
  if (fault !== undefined) throw new Refusal(`where: ${fault}`);
  const named = expressions.attributesIn(where);
  if (named.length === 0) return;
  const read = new Set((await connector.describe()).attributes.filter((one) => one.read).map((one) => one.name));
  const unread = named.filter((attribute) => !read.has(attribute));
  if (unread.length > 0) throw new Refusal(`where: accounts are read without ${unread.join(', ')}`);
}

interface Staging extends AccountStaging {
  id: number;
  application: Application;
  connector: Connected;
  fields: readonly ProfileField[];
  expressions: Expressions;
  includeInactive: boolean;
}

async function stagePages(staging: Staging): Promise<void> {
  const { directory, id, application, connector, expressions, where, onPage } = staging;
  const numbers = new Set<string>();
  const holders: HeldValues['holders'] = new Map();
  const pages = seeAccounts(directory, {
    application,
    connector,
    expressions,
    ...(where === undefined ? {} : { takes: (account: Account) => expressions.meets(where, account) }),
    onPerson: ({ employeeNumber }) => numbers.add(comparable(employeeNumber)),
  });
  const classify = createClassifier({ ...staging, managerAttribute: connector.manifest.managerAttribute, numbers });
  let line = 0;
  for await (const { accounts, seen } of pages) {
    const rows = accounts.flatMap((account, index): NewAccountRow[] => {
      const situation = seen[index];
      return situation ? [{ line: ++line, ...classify(account, situation) }] : [];
    });
    await addAccountRows(directory, id, await withUniqueValues(staging, holders, rows));
    onPage?.(line);
  }
}

/** Makes nobody who would have what is somebody else's alone. */
async function withUniqueValues(
  { directory, fields }: Staging,
  holders: HeldValues['holders'],
  rows: readonly NewAccountRow[],
): Promise<NewAccountRow[]> {
  const bodies = rows.flatMap(({ event }) => (event ? [event] : []));
  const held = await directory.begin((tx) => valuesHeld(tx, fields, bodies, holders));
  return rows.map((row) => {
    const { event, ...rest } = row;
    const [fault] = event ? uniqueFaults(event, held) : [];
    if (event && !fault) holdValues(held, event);
    if (!fault) return row;
    const reason = `${fault.field.replace(/^profile\./, '')}: ${fault.problem}`;
    return { ...rest, verdict: 'unmatched', links: false, reason };
  });
}
