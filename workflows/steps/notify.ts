/** The people concerned are told by mail. */
import type { LaneEvent } from '#domain/lane.ts';
import type { NoticeKind } from '#domain/notice.ts';
import { entryLine, type ReportEntry } from '#domain/report-entry.ts';
import { correspondence } from '../activities.ts';
import { orFailure } from './failure.ts';

/** Sends these notices, each at most once per event, and answers an entry for each. */
export async function notify(event: LaneEvent, kinds: NoticeKind[], entries: ReportEntry[]): Promise<ReportEntry[]> {
  const subject = {
    eventId: event.id,
    employeeNumber: event.employeeNumber,
    person: event.person,
    application: 'mail',
  };
  const notices = await orFailure(() =>
    correspondence(`mail: ${kinds.join(', ')}`).sendNotices({ event, kinds, lines: entries.map(entryLine) }),
  );
  if (notices.ok) return notices.value.entries;
  return [
    {
      ...subject,
      operation: 'notify',
      outcome: 'failed',
      changes: [],
      subjects: kinds,
      reason: event.type,
      failure: notices.failure,
    },
  ];
}
