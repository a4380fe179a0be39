/** Applications as administrators set them up: checked as a whole before they are stored, their secret sealed. */
import type { Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { openSecret, sealSecret } from '#directory/application-secrets.ts';
import { listApplicationStates, type ApplicationState } from '#directory/application-states.ts';
import {
  deleteApplication,
  findApplication,
  leftIn,
  listApplications,
  lockApplication,
  saveApplication,
  type StoredApplication,
} from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';
import { keepPolicy, loadPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';
import { checkRules, type Checked } from './application-checks.ts';
import {
  connectionFaults,
  documentFaults,
  keptSecretFaults,
  readDocument,
  type RulesPolicy,
} from './application-document.ts';

/** The document was refused; every fault is named and nothing was stored. */
export class ApplicationError extends Error {
  override readonly name = 'ApplicationError';
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    super(`application: ${faults.map(({ field, problem }) => `${field} ${problem}`).join('; ')}`);
    this.faults = faults;
  }
}

export interface SavedApplication {
  application: Application;
  /** What somebody should know, such as that the application could not be asked. */
  warnings: string[];
}

/**
 * Adds or replaces an application, checked against the application itself where that answers. Without a secret, the one of
 * a known application stays. Throws ApplicationError. Safe to repeat.
 */
export async function saveApplicationRules(
  directory: Sql,
  sealer: Sealer,
  document: unknown,
  actor: string,
): Promise<SavedApplication> {
  const examined = await examine(directory, sealer, document);
  const { faults, warnings } = examined;
  if (!('application' in examined) || faults.length > 0) throw new ApplicationError(faults);
  const { application, newSecret } = examined;
  await directory.begin(async (tx) => {
    // The application was asked meanwhile, and a field or group that its rules speak of may be gone.
    await keepPolicy(tx);
    const outdated = documentFaults(application, await loadPolicy(tx));
    if (outdated.length > 0) throw new ApplicationError(outdated);
    const before = await lockApplication(tx, application.name);
    const moved = before && !newSecret ? keptSecretFaults(before, application) : [];
    if (moved.length > 0) throw new ApplicationError(moved);
    const sealedSecret = newSecret ? sealSecret(sealer, application.name, newSecret) : before?.sealedSecret;
    if (!sealedSecret) throw new ApplicationError(connectionFaults(application, undefined));
    await keepApplication(tx, { ...application, sealedSecret }, before, actor);
  });
  return { application, warnings };
}

/** Stores an application that was checked, with its audit. */
export async function keepApplication(
  tx: Queries,
  { sealedSecret, ...application }: Application & Pick<StoredApplication, 'sealedSecret'>,
  before: StoredApplication | undefined,
  actor: string,
): Promise<void> {
  await saveApplication(tx, { ...application, sealedSecret });
  await recordAudit(tx, {
    actor,
    action: 'application saved',
    subject: application.name,
    detail: { old: before && rulesOf(before), new: application },
  });
}

/** What saving a document would be refused for, and warned of; nothing is stored. `policy`: where it is not the directory's. */
export async function checkApplication(
  directory: Sql,
  sealer: Sealer,
  document: unknown,
  policy?: RulesPolicy,
): Promise<Checked> {
  const { faults, warnings } = await examine(directory, sealer, document, policy);
  return { faults, warnings };
}

/** Checks the rules of an application as it is stored. Undefined when there is none of that name. Reads only. */
export async function checkSavedApplication(
  directory: Sql,
  sealer: Sealer,
  name: string,
): Promise<Checked | undefined> {
  const known = await findApplication(directory, name);
  return known && checkApplication(directory, sealer, rulesOf(known));
}

export type Removed = { result: 'removed' } | { result: 'refused'; why: string } | { result: 'unknown' };

/**
 * Removes an application from the directory; in the application nothing changes. Refused while tasks wait there, and, unless
 * `forgetAccounts`, while people have accounts recorded there: what was granted and moved is forgotten with them.
 */
export async function removeApplication(
  directory: Sql,
  name: string,
  { forgetAccounts, actor }: { forgetAccounts: boolean; actor: string },
): Promise<Removed> {
  return directory.begin((tx) => removeApplicationIn(tx, name, { forgetAccounts, actor }));
}

/** Likewise, in a transaction that does more. */
export async function removeApplicationIn(
  tx: Queries,
  name: string,
  { forgetAccounts, actor }: { forgetAccounts: boolean; actor: string },
): Promise<Removed> {
  const before = await lockApplication(tx, name);
  if (!before) return { result: 'unknown' };
  const { accounts, openTasks } = await leftIn(tx, name);
  if (openTasks > 0)
    return { result: 'refused', why: `${openTasks} open tasks wait there (joinery task list --application ${name})` };
  if (accounts > 0 && !forgetAccounts)
    return {
      result: 'refused',
      why: `${accounts} accounts are recorded there; to forget them, say so (--forget-accounts)`,
    };
  await deleteApplication(tx, name);
  await recordAudit(tx, {
    actor,
    action: 'application removed',
    subject: name,
    detail: { old: rulesOf(before), new: null, accountsForgotten: accounts },
  });
  return { result: 'removed' };
}

/** An application as it is shown: without its secret, with how it stands. */
export type ShownApplication = Application & Pick<ApplicationState, 'pause' | 'usage'>;

/** Every application without its secret, whether it is paused, and what is known of its API calls. */
export async function showApplications(directory: Sql): Promise<ShownApplication[]> {
  const [applications, states] = await Promise.all([listApplications(directory), listApplicationStates(directory)]);
  const byName = new Map(states.map((state) => [state.application, state]));
  return applications.map((application) => {
    const { pause = null, usage = null } = byName.get(application.name) ?? {};
    return { ...rulesOf(application), pause, usage };
  });
}

/** One application likewise, or undefined. */
export async function showApplication(directory: Sql, name: string): Promise<ShownApplication | undefined> {
  return (await showApplications(directory)).find((application) => application.name === name);
}

type Examined = Checked | (Checked & { application: Application; newSecret: Record<string, unknown> | undefined });

async function examine(directory: Sql, sealer: Sealer, document: unknown, given?: RulesPolicy): Promise<Examined> {
  const read = readDocument(document);
  if ('faults' in read) return { faults: read.faults, warnings: [] };
  const { application, secret: newSecret } = read;
  const known = newSecret ? undefined : await findApplication(directory, application.name);
  const secret = known ? openSecret(sealer, known) : newSecret;
  const policy = given ?? (await loadPolicy(directory));
  const unasked = [...connectionFaults(application, secret), ...(known ? keptSecretFaults(known, application) : [])];
  const faults = documentFaults(application, policy);
  if (unasked.length > 0) return { faults: [...unasked, ...faults], warnings: [] };
  const expressions = createExpressions(policy.fields, policy.groups);
  return { application, newSecret, ...(await checkRules(directory, application, secret, expressions, faults)) };
}

/** The application without what only the directory needs of it. */
export function rulesOf({ sealedSecret: _sealed, version: _version, ...application }: StoredApplication): Application {
  return application;
}
