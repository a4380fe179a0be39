/** Entitlements: granted, revoked, listed. What a profile brings with it is never touched. */
import type { CallContext, Connector, EntitlementChange, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { entitlementLabel } from '#domain/account.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { withFields, type Fields } from './describe.ts';
import { ASSIGNED, type SetupRow } from './entitlement-types.ts';
import { readHoldings, type Holding } from './holdings.ts';
import { fullUserId } from './ids.ts';
import { naming } from './licences.ts';
import { findEach, type KnownEntitlement, type Names } from './names.ts';
import { renewExpired } from './renewal.ts';
import { changeRows, isGone, namesNobody, noSuchUser } from './rows.ts';
import type { Session } from './session.ts';
import { oneOf } from './soql.ts';

type Entitlements = Required<Pick<Connector, 'listEntitlements' | 'grant' | 'revoke'>>;

/** One row to write for a change, or its outcome where there is nothing to write. */
interface Prepared {
  user: string;
  change: EntitlementChange;
  entitlement: Pick<KnownEntitlement, 'type' | 'name'>;
  /** The looked-up id in the row. */
  givenId?: string;
  row: SetupRow;
}
type Step = Prepared | RowOutcome;

/**
 * The part of the connector that gives and takes entitlements. Granting costs one API call, two when there are licences
 * beside others; revoking one more, to see what is held. What was held already and is no longer in force costs two more.
 */
export function createEntitlements(session: Session, names: Names, fields: Fields): Entitlements {
  /**
   * Writes the rows that are licences, or those that are not, in one call, and puts the outcomes in their places. Done
   * already is what we want, and makes it safe to repeat after a lost answer: `repeated` takes down which were. `all`:
   * the steps as they were before the first stage.
   */
  const writeStage = async (
    verb: 'grant' | 'revoke',
    steps: Step[],
    licences: boolean,
    { context, repeated, all }: { context: CallContext | undefined; repeated: SetupRow[]; all: Step[] },
  ): Promise<Step[]> => {
    const refusedBefore = (user: string | undefined): ConnectorError[] =>
      steps.flatMap((step, index) => {
        const before = all[index];
        const isTheirs = before && isPrepared(before) && before.user === user;
        return isTheirs && !isPrepared(step) && !step.ok ? [step.error] : [];
      });
    const stage = steps.filter(
      (step): step is Prepared => isPrepared(step) && isLicence(step.entitlement) === licences,
    );
    if (stage.length === 0) return steps;
    const isFirst = !steps.some((step) => !isPrepared(step) && step.ok);
    const outcomes = await changeRows(
      session,
      context,
      {
        rows: stage.map(({ row }) => row),
        labels: stage.map(({ change }) => labelOf(verb, change)),
        alreadyDone: (error, index) => {
          const step = stage[index];
          if (!step || !isDone(verb, error, step.row)) return undefined;
          repeated.push(step.row);
          return step.user;
        },
        reinterpret: (error, index) =>
          following(explained(verb, error, stage[index]), refusedBefore(stage[index]?.user)),
      },
      { action: `${verb} entitlements` },
      'setup',
    ).catch((error: unknown) => {
      // What was done before is told as done, and this as failed: thrown, it would leave open which were.
      if (isFirst || !(error instanceof ConnectorError)) throw error;
      return stage.map(() => refused(error));
    });
    const outcomeOf = new Map(stage.map((step, index) => [step, outcomes[index]]));
    return steps.map((step) => {
      if (!isPrepared(step)) return step;
      const outcome = outcomeOf.get(step);
      if (!outcome?.ok) return outcome ?? step;
      return { ok: true, nativeId: step.user, ...(verb === 'revoke' ? freedBy(step.entitlement) : {}) };
    });
  };

  return {
    async listEntitlements(context) {
      return (await names.list(context)).map(({ type, name, label }) => ({ type, name, label }));
    },

    async grant(changes, context) {
      const found = await findEach(
        names,
        changes.map(({ entitlement }) => entitlement),
        context,
      );
      let steps = changes.map((change): Step => {
        const user = fullUserId(change.nativeId);
        if (user === undefined) return refused(noSuchUser(labelOf('grant', change), change.nativeId));
        const entitlement = found(change.entitlement);
        if (entitlement instanceof ConnectorError) return refused(entitlement);
        const { type, id } = entitlement;
        if (type === 'profile') return refused(notOneByOne(change));
        return { user, change, entitlement, givenId: id, row: ASSIGNED[type].give(user, id) };
      });
      const all = steps;
      const repeated: SetupRow[] = [];
      steps = await writeStage('grant', steps, true, { context, repeated, all });
      steps = await writeStage('grant', steps, false, { context, repeated, all });
      const refusals = await renewExpired(session, repeated, context);
      const outcomes = settled(steps);
      const tellRemade = async (index: number, { entitlement }: Prepared, id: string, error: ConnectorError) => {
        outcomes[index] = refused(await names.remade({ ...entitlement, id }, error, context));
      };
      const told = all.map((step, index) => {
        const outcome = outcomes[index];
        if (!isPrepared(step)) return undefined;
        const refusal = refusals.get(step.row);
        if (refusal) outcomes[index] = refused(refusal);
        else if (outcome?.ok === false && step.givenId !== undefined)
          return tellRemade(index, step, step.givenId, outcome.error);
        return undefined;
      });
      await Promise.all(told.filter((one) => one !== undefined));
      return outcomes;
    },

    async revoke(changes, context) {
      const users = [...new Set(changes.map(({ nativeId }) => fullUserId(nativeId)).filter((id) => id !== undefined))];
      if (users.length === 0) return changes.map((change) => nobody(change));
      const held = await withFields(fields, context, (described) =>
        session.call({ action: 'look up what is held' }, context, (org, call) =>
          readHoldings(org, call, { described, more: [] }, (field) => oneOf(field, users)),
        ),
      );
      const holdingsOf = new Map(held.users.map(({ user, holdings }) => [user.Id, holdings]));
      let steps = changes.map((change): Step => {
        const user = fullUserId(change.nativeId);
        if (user === undefined) return nobody(change);
        if (change.entitlement.type === 'profile') return refused(notOneByOne(change));
        const holding = holdingsOf.get(user)?.find((one) => isOf(one, change));
        if (holding) return { user, change, entitlement: holding, row: rowThatTakes(user, holding) };
        const unseen = [...held.unseen].find(([type]) => type === change.entitlement.type)?.[1];
        return unseen ? refused(unseen) : { ok: true, nativeId: user };
      });
      const all = steps;
      steps = await writeStage('revoke', steps, false, { context, repeated: [], all });
      steps = await writeStage('revoke', steps, true, { context, repeated: [], all });
      return settled(steps);
    },
  };
}

function isPrepared(step: Step): step is Prepared {
  return 'row' in step;
}

function isLicence({ type }: Prepared['entitlement']): boolean {
  return type !== 'profile' && ASSIGNED[type].licence;
}

function settled(steps: Step[]): RowOutcome[] {
  return steps.map((step) =>
    isPrepared(step) ? refused(new ConnectorError('bug', 'salesforce: a change was left out')) : step,
  );
}

function refused(error: ConnectorError): RowOutcome {
  return { ok: false, error };
}

function nobody(change: EntitlementChange): RowOutcome {
  return refused(noSuchUser(labelOf('revoke', change), change.nativeId));
}

function labelOf(verb: string, { nativeId, entitlement }: EntitlementChange): string {
  return `${verb} ${entitlementLabel(entitlement)}, account ${nativeId}`;
}

function notOneByOne({ entitlement }: EntitlementChange): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: ${entitlementLabel(entitlement)} is not granted one by one`);
}

/** A user's own row is never done already when it is refused: it would have been written once more. */
function isDone(verb: 'grant' | 'revoke', error: ConnectorError, { attributes: { type } }: SetupRow): boolean {
  if (type === 'User') return false;
  if (verb === 'revoke') return namesNobody(error);
  const saysSo = type.startsWith('PermissionSet') && /duplicate permissionset/i.test(error.message);
  return error.code === 'DUPLICATE_VALUE' || saysSo;
}

function explained(verb: string, error: ConnectorError, step: Prepared | undefined): ConnectorError {
  if (!step) return error;
  const { change, entitlement, row } = step;
  const isUser = row.attributes.type === 'User';
  if (isUser && isGone(error, row)) return noSuchUser(labelOf(verb, change), change.nativeId);
  return naming(error, countedAs(entitlement));
}

/**
 * A refusal that may come of those before it (of a licence that a permission set needs, of a permission set that still
 * needs the licence) is mended with them.
 */
function following(error: ConnectorError, before: ConnectorError[]): ConnectorError {
  const first = before.find(({ kind }) => mendsByWaiting(kind)) ?? before[0];
  if (!first || error.kind !== 'invalid-data') return error;
  return new ConnectorError(first.kind, error.message, {
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(first.resource === undefined ? {} : { resource: first.resource }),
    ...(first.retryAfterMs === undefined ? {} : { retryAfterMs: first.retryAfterMs }),
    remedy: `mend first what was refused before it: ${first.message}${first.remedy ? `; ${first.remedy}` : ''}`,
  });
}

/** Two names of one entitlement, by what it is called or is also known by. */
function isOf({ type, name, alias }: Holding, { entitlement }: EntitlementChange): boolean {
  const wanted = entitlement.name.toLowerCase();
  return type === entitlement.type && (name.toLowerCase() === wanted || alias?.toLowerCase() === wanted);
}

function rowThatTakes(user: string, { type, name, recordId }: Holding): SetupRow {
  const assigned = type === 'profile' ? undefined : ASSIGNED[type];
  const row = assigned?.take?.(user, name);
  return row ?? { attributes: { type: assigned?.give(user, recordId).attributes.type ?? '' }, Id: recordId };
}

/** The licences whose number is known are counted under the name they are given by. */
function countedAs(entitlement: Prepared['entitlement']): string | undefined {
  const counted = entitlement.type === 'permission-set-license' || entitlement.type === 'package-license';
  return counted ? entitlementLabel(entitlement) : undefined;
}

function freedBy(entitlement: Prepared['entitlement']): { freed?: string[] } {
  const licence = countedAs(entitlement);
  return licence === undefined ? {} : { freed: [licence] };
}
