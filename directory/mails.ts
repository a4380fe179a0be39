/** Mails: each message id is handed to the SMTP server at most once, whatever dies in between. */
import type { Queries } from './database.ts';

export interface MailRecord {
  messageId: string;
  eventId: string;
  kind: string;
  employeeNumber: string;
  recipient: string;
  state: MailState;
  answer: string | null;
}

/**
 * claimed: not yet given to the server, may be sent. handed-over: the server may have it, never sent again. sent: the
 * server said yes. refused: the server said no, may be tried again.
 */
type MailState = 'claimed' | 'handed-over' | 'sent' | 'refused';

/** Claims a message id, or answers how far an earlier attempt came. */
export async function claimMail(sql: Queries, mail: Omit<MailRecord, 'state' | 'answer'>): Promise<MailRecord> {
  await sql`
    insert into mail (message_id, event_id, kind, employee_number, recipient, state)
    values (${mail.messageId}, ${mail.eventId}, ${mail.kind}, ${mail.employeeNumber}, ${mail.recipient}, 'claimed')
    on conflict (message_id) do nothing`;
  const [row] = await sql<MailRecord[]>`
    select message_id as "messageId", event_id as "eventId", kind, employee_number as "employeeNumber", recipient, state, answer
    from mail where message_id = ${mail.messageId}`;
  if (!row) throw new Error(`directory: mail ${mail.messageId} was not claimed`);
  return row;
}

/** Takes the one right to hand the message over. False when another attempt took it: then do not finish the message. */
export async function handOverMail(sql: Queries, messageId: string): Promise<boolean> {
  const rows = await sql`
    update mail set state = 'handed-over', updated_at = now()
    where message_id = ${messageId} and state in ('claimed', 'refused') returning 1`;
  return rows.length === 1;
}

/** Writes the server's answer to a message that this attempt handed over. */
export async function settleMail(
  sql: Queries,
  messageId: string,
  state: 'sent' | 'refused',
  answer: string,
): Promise<void> {
  await sql`
    update mail set state = ${state}, answer = ${answer}, updated_at = now()
    where message_id = ${messageId} and state = 'handed-over'`;
}

/** Writes that the server refused the envelope: no message was handed over, at least not by this attempt. */
export async function refuseMail(sql: Queries, messageId: string, answer: string): Promise<void> {
  await sql`
    update mail set state = 'refused', answer = ${answer}, updated_at = now()
    where message_id = ${messageId} and state in ('claimed', 'refused')`;
}

/** The mails of a person, newest first. */
export async function mailsOf(sql: Queries, employeeNumber: string): Promise<MailRecord[]> {
  return sql<MailRecord[]>`
    select message_id as "messageId", event_id as "eventId", kind, employee_number as "employeeNumber", recipient, state, answer
    from mail where employee_number = ${employeeNumber} order by updated_at desc`;
}

/** How many mails a server has taken. */
export async function countSentMails(sql: Queries): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from mail where state = 'sent'`;
  return row?.count ?? 0;
}
