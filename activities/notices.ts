/** Notices: the mails that tell people what happened. */
import { localDate } from '#domain/due.ts';
import type { LaneEvent } from '#domain/lane.ts';
import { noticeMessageId, noticeRecipient, type NoticeKind } from '#domain/notice.ts';
import { displayName, type Person } from '#domain/person.ts';
import { skippedEntry, type ReportEntry } from '#domain/report-entry.ts';
import { accountsOf } from '#directory/accounts.ts';
import { listApplications } from '#directory/applications.ts';
import { findPeople } from '#directory/people.ts';
import type { Dependencies } from './dependencies.ts';
import type { MailResult } from './mail/mailer.ts';
import { renderNotice } from './mail/templates.ts';
import type { Reported } from './request.ts';
import { work } from './work.ts';

export interface NoticeRequest {
  event: LaneEvent;
  kinds: NoticeKind[];
  /** What was done, line by line, for the manager. */
  lines: string[];
}

export function createNoticeActivities({ directory, mailer, defaultTimeZone }: Dependencies) {
  /** What the templates may say. */
  const letter = async ({ event, lines }: NoticeRequest, person: Person, manager: Person | undefined) => {
    const labels = new Map((await listApplications(directory)).map(({ name, label }) => [name, label]));
    const accounts = (await accountsOf(directory, person.employeeNumber)).filter(({ status }) => status === 'active');
    const { title, department } = person.profile;
    return {
      event: { id: event.id, firstDay: localDate(event.dueAt, timeZoneOf(person, defaultTimeZone)) },
      person: {
        name: displayName(person),
        employeeNumber: person.employeeNumber,
        title: title ?? '',
        department: department ?? '',
      },
      manager: { name: manager ? displayName(manager) : '' },
      accounts: accounts.map(({ application, username }) => ({
        application: labels.get(application) ?? application,
        username,
      })),
      lines,
    };
  };

  return {
    /**
     * Sends these notices, each at most once per event whatever dies in between, and answers an entry for each: who was
     * told, or why nobody was. Safe to repeat.
     */
    sendNotices: (request: NoticeRequest): Promise<Reported> =>
      work(async ({ signal }) => {
        const { event, kinds } = request;
        const { person, manager } = await findPersonAndManager(directory, event.employeeNumber);
        if (!person) return { entries: [] };
        const values = await letter(request, person, manager);
        const today = localDate(new Date().toISOString(), timeZoneOf(person, defaultTimeZone));
        const subject = {
          eventId: event.id,
          employeeNumber: event.employeeNumber,
          person: event.person,
          application: 'mail',
        };
        const entries: ReportEntry[] = [];
        for (const kind of kinds) {
          const to = noticeRecipient(kind, person, manager, { today, firstDay: values.event.firstDay });
          const skipped = reasonToSkip(kind, to, values.accounts.length);
          if (to === undefined || skipped) {
            entries.push(skippedEntry(subject, 'notify', `${kind}: ${skipped ?? 'no address'}`));
            continue;
          }
          const rendered = await renderNotice(kind, values);
          const messageId = noticeMessageId(event.id, kind);
          const result = await mailer.send(
            { ...rendered, messageId, eventId: event.id, kind, employeeNumber: event.employeeNumber, to },
            signal,
          );
          entries.push({ ...subject, operation: 'notify', changes: [], subjects: [to], ...told(result, kind) });
        }
        return { entries };
      }),
  };
}

async function findPersonAndManager(directory: Dependencies['directory'], employeeNumber: string) {
  const [person] = await findPeople(directory, [employeeNumber]);
  const boss = person?.profile['managerEmployeeNumber'];
  const [manager] = boss ? await findPeople(directory, [boss]) : [];
  return { person, manager };
}

function reasonToSkip(kind: NoticeKind, to: string | undefined, accounts: number): string | undefined {
  if (to === undefined) return kind === 'welcome' ? 'the person has no address' : 'there is no manager with an address';
  return kind === 'welcome' && accounts === 0 ? 'no account was made' : undefined;
}

function told(result: MailResult, kind: NoticeKind): Pick<ReportEntry, 'outcome' | 'reason' | 'failure'> {
  switch (result.state) {
    case 'sent':
      return { outcome: 'done', reason: kind };
    case 'handed-over':
      return {
        outcome: 'skipped',
        reason: `${kind}: the mail server got it before, its answer was lost; not sent again`,
      };
    case 'refused':
      return {
        outcome: 'failed',
        reason: kind,
        failure: { kind: 'invalid-data', message: `mail: ${result.answer}`, remedy: 'correct the address' },
      };
  }
}

function timeZoneOf(person: Person, fallback: string): string {
  return person.profile['timeZone'] || fallback;
}
