/** Manager links: who reports to whom, made as soon as both accounts exist, in whatever order people arrive. */
import { displayName } from '#domain/person.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { missingManagerLinks, recordManagerLinks } from '#directory/accounts.ts';
import type { Sql } from '#directory/database.ts';
import { asFailure, subjectOf, type OperationRequest } from './request.ts';

/**
 * Links this person to the manager, and those who report to this person to them, wherever it is still missing: one call
 * for all, none when nothing is missing. Safe to repeat. Answers an entry per link. A link that is refused, or that the
 * application has no time for, is a failed entry and not an error: the account itself is done and has to be told as
 * done, and the next change of either of the two makes the link.
 */
export async function linkManagers(
  directory: Sql,
  connector: Connector,
  request: OperationRequest,
  signal: AbortSignal,
): Promise<ReportEntry[]> {
  const { event, application } = request;
  const { managerAttribute: attribute, pageSize } = connector.manifest;
  if (!attribute || !connector.update) return [];
  const links = await missingManagerLinks(directory, event.employeeNumber, application, pageSize);
  if (links.length === 0) return [];

  const changes = links.map(({ nativeId, managerNativeId }) => ({
    nativeId,
    attributes: { [attribute]: managerNativeId },
    entitlements: [],
  }));
  const outcomes = await connector.update(changes, { signal }).catch((error: unknown): RowOutcome[] => {
    if (!(error instanceof ConnectorError)) throw error;
    return links.map(() => ({ ok: false, error }));
  });
  await recordManagerLinks(
    directory,
    application,
    links.filter((_, index) => outcomes[index]?.ok),
  );
  return links.map((link, index): ReportEntry => {
    const outcome = outcomes[index];
    return {
      ...subjectOf(request),
      employeeNumber: link.employeeNumber,
      person: displayName(link),
      nativeId: link.nativeId,
      operation: 'update',
      changes: [{ attribute, old: null, new: link.managerNativeId }],
      subjects: [],
      reason: 'the manager has an account now',
      outcome: outcome?.ok ? 'done' : 'failed',
      ...(outcome && !outcome.ok ? { failure: asFailure(outcome.error) } : {}),
    };
  });
}
