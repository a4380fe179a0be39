/** The people concerned are told by mail, once nothing moves any more. */
import { condition } from '@temporalio/workflow';
import type { LaneEvent } from '#domain/lane.ts';
import type { NoticeKind } from '#domain/notice.ts';
import { entryLine, type ReportEntry } from '#domain/report-entry.ts';
import { correspondence } from '../activities.ts';
import { atWork, entriesSoFar, isQuiet } from '../waiting.ts';
import { orFailure } from './failure.ts';

/**
 * Sends these notices, each at most once per event, when every application's branch has ended or waits for somebody, and
 * answers an entry for each. While nothing at all was done there is nothing to tell, unless somebody has left.
 */
export async function notify(
  event: LaneEvent,
  kinds: NoticeKind[],
  work: Promise<ReportEntry[]>,
  before: ReportEntry[] = [],
): Promise<ReportEntry[]> {
  // Cancelled, the work still has to end: what it made must be known.
  const quiet = condition(isQuiet).then(
    () => undefined,
    () => work,
  );
  const ended = await Promise.race([work, quiet]);
  const soFar = [...before, ...(ended ?? entriesSoFar())];
  const tellNow = ended !== undefined || event.type === 'leaver' || soFar.some(({ outcome }) => outcome === 'done');
  if (tellNow) return atWork(() => send(event, kinds, soFar));
  return send(event, kinds, [...before, ...(await work)]);
}

async function send(event: LaneEvent, kinds: NoticeKind[], entries: ReportEntry[]): Promise<ReportEntry[]> {
  const notices = await orFailure(() =>
    correspondence(`mail: ${kinds.join(', ')}`).sendNotices({ event, kinds, lines: entries.map(entryLine) }),
  );
  if (notices.ok) return notices.value.entries;
  return [
    {
      eventId: event.id,
      employeeNumber: event.employeeNumber,
      person: event.person,
      application: 'mail',
      operation: 'notify',
      outcome: 'failed',
      changes: [],
      subjects: kinds,
      reason: event.type,
      failure: notices.failure,
    },
  ];
}
