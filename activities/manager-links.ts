/** Manager links: who reports to whom, made as soon as both accounts exist, in whatever order people arrive. */
import { ExpressionError, type Expressions } from '#domain/expression.ts';
import { displayName } from '#domain/person.ts';
import type { Operation } from '#domain/plan.ts';
import { protectedBy } from '#domain/protection.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import { permitted } from '#domain/toggles.ts';
import type { CallContext, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { missingManagerLinks, recordManagerLinks, type ManagerLink } from '#directory/accounts.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { asFailure, subjectOf, type Subject } from './request.ts';

/**
 * Links the people of these events to their managers, and those who report to them to them, wherever it is still missing:
 * one call for all (as many as a call takes), none when nothing is missing. Safe to repeat. Answers an entry per link. A
 * link that is refused, or that the application has no time for, is a failed entry and not an error: the account itself is
 * done and has to be told as done, and the next change of either of the two makes the link. Where accounts may not be
 * edited no link is made: the plan of whose account it is says so.
 */
export async function linkManagers(
  { directory, expressions }: Pick<Dependencies, 'directory' | 'expressions'>,
  connection: Connection,
  events: readonly Subject[],
  context: CallContext,
): Promise<ReportEntry[]> {
  const { application: policy, connector } = connection;
  const application = policy.name;
  const { managerAttribute: attribute, pageSize } = connector.manifest;
  if (!attribute || !connector.update || permitted([LINK], false, policy).operations.length === 0) return [];
  const byPerson = new Map(events.map((event) => [event.employeeNumber, event]));
  const missing = await missingManagerLinks(directory, [...byPerson.keys()], application, pageSize);
  const links = await unprotected(missing, connection, expressions, context);
  if (links.length === 0) return [];

  const changes = links.map(({ nativeId, managerNativeId }) => ({
    nativeId,
    attributes: { [attribute]: managerNativeId },
    entitlements: [],
  }));
  const outcomes = await connector.update(changes, context).catch((error: unknown): RowOutcome[] => {
    if (!(error instanceof ConnectorError)) throw error;
    return links.map(() => ({ ok: false, error }));
  });
  await recordManagerLinks(
    directory,
    application,
    links.filter((_, index) => outcomes[index]?.ok),
  );
  return links.flatMap((link, index): ReportEntry[] => {
    const outcome = outcomes[index];
    const event = byPerson.get(link.employeeNumber) ?? byPerson.get(link.manager);
    if (!event) return [];
    const { employeeNumber } = link;
    return [
      {
        ...subjectOf({ event: { ...event, employeeNumber, person: displayName(link) }, application }),
        nativeId: link.nativeId,
        operation: 'update',
        changes: [{ attribute, old: null, new: link.managerNativeId }],
        subjects: [],
        reason: LINK.reason,
        outcome: outcome?.ok ? 'done' : 'failed',
        ...(outcome && !outcome.ok ? { failure: asFailure(outcome.error) } : {}),
      },
    ];
  });
}

/** Those of which none may be protected. An application that can not tell now is asked again with the next change. */
async function unprotected(
  links: ManagerLink[],
  { application, connector }: Connection,
  language: () => Promise<Expressions>,
  context: CallContext,
): Promise<ManagerLink[]> {
  if (links.length === 0) return links;
  try {
    const self = await connector.self?.(context);
    const others = links.filter(({ nativeId }) => nativeId !== self);
    if (others.length === 0 || application.protect.length === 0) return others;
    const accounts = await connector.read(
      others.map(({ nativeId }) => nativeId),
      context,
    );
    const expressions = await language();
    return others.filter((_, index) => {
      const account = accounts[index];
      return account && protectedBy(application, account, expressions) === undefined;
    });
  } catch (error) {
    if (error instanceof ConnectorError || error instanceof ExpressionError) return [];
    throw error;
  }
}

const LINK: Operation = { kind: 'update', changes: [], entitlements: [], reason: 'the manager has an account now' };
