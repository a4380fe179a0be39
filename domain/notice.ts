/** Notices: who is told by mail when somebody joins, moves or leaves. */
import type { Person } from './person.ts';

export type NoticeKind = 'welcome' | 'manager-joiner' | 'manager-mover' | 'manager-leaver';

/** Message-ID of a notice: the same event and kind give the same id, so that a mail server or reader sees a repeat. */
export function noticeMessageId(eventId: string, kind: NoticeKind): string {
  return `<${kind}.${encodeURIComponent(eventId).replaceAll('%', '=')}@joinery.notice>`;
}

/**
 * Where a notice goes: a welcome to the private address up to and including the first day, when the work mailbox is not
 * yet read, later to the work address; a manager's notice to the manager, unless they have left. Undefined when there is no address.
 */
export function noticeRecipient(
  kind: NoticeKind,
  person: Person,
  manager: Person | undefined,
  when: { today: string; firstDay: string },
): string | undefined {
  if (kind !== 'welcome') return (manager?.status !== 'left' && manager?.profile['email']) || undefined;
  const { email, privateEmail } = person.profile;
  const preferred = when.today <= when.firstDay ? [privateEmail, email] : [email, privateEmail];
  return preferred.find(Boolean) ?? undefined;
}
