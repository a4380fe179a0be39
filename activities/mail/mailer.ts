/** Mail over SMTP, each message handed to the server at most once even if the worker dies at any moment. */
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { claimMail, handOverMail, refuseMail, settleMail } from '#directory/mails.ts';
import type { Sql } from '#directory/database.ts';
import { deliver, SmtpRefusal } from './smtp.ts';

export interface Mail {
  /** Derived from the event, so that a repeat is the same message. */
  messageId: string;
  eventId: string;
  kind: string;
  employeeNumber: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

/**
 * sent: the server said yes, now or to an earlier try. handed-over: an earlier try gave it to the server and nobody heard
 * the answer; it is not sent again. refused: the server will never take it (5xx). What may pass later is thrown.
 */
export type MailResult = { state: 'sent' } | { state: 'handed-over' } | { state: 'refused'; answer: string };

export interface Mailer {
  send(mail: Mail, signal: AbortSignal): Promise<MailResult>;
}

/** A mailer over the server at `smtpUrl`; `from` is the sender of every mail. */
export function createMailer(directory: Sql, smtpUrl: string, from: string): Mailer {
  return {
    async send(mail, signal) {
      const { to, messageId } = mail;
      const claimed = await claimMail(directory, { ...mail, recipient: to });
      if (claimed.state === 'sent' || claimed.state === 'handed-over') return { state: claimed.state };
      signal.throwIfAborted();
      const source = await compose(mail, from);
      try {
        await deliver(smtpUrl, { from: address(from), to }, Readable.from(handingOver(directory, messageId, source)));
      } catch (error) {
        return await afterFailure(directory, messageId, error);
      }
      await settleMail(directory, messageId, 'sent', 'accepted');
      return { state: 'sent' };
    },
  };
}

/**
 * The message, ending only after the directory noted that the server may have it. SMTP takes a message at its final
 * dot, which follows the end of this stream: a worker that dies before the note leaves half a message, which the server
 * drops; one that dies after it does not send again.
 */
async function* handingOver(directory: Sql, messageId: string, source: Buffer): AsyncGenerator<Buffer> {
  yield source;
  if (!(await handOverMail(directory, messageId)))
    throw new Error(`mail ${messageId} is being sent by another attempt`);
}

/** A refusal takes the note back: 5xx is final, 4xx is thrown to be tried again, like everything of unknown outcome. */
async function afterFailure(directory: Sql, messageId: string, error: unknown): Promise<MailResult> {
  if (!(error instanceof SmtpRefusal)) throw error;
  if (error.to === 'envelope') await refuseMail(directory, messageId, error.message);
  else await settleMail(directory, messageId, 'refused', error.message);
  if (error.responseCode < 500) throw error;
  return { state: 'refused', answer: error.message };
}

/** `ada@x.example` of `Ada <ada@x.example>`. */
function address(mailbox: string): string {
  return /<([^>]+)>/.exec(mailbox)?.[1] ?? mailbox;
}

async function compose(mail: Mail, from: string): Promise<Buffer> {
  const { to, subject, text, html, messageId } = mail;
  const headers = { 'Auto-Submitted': 'auto-generated' };
  return new MailComposer({ from, to, subject, text, html, messageId, headers }).compile().build();
}
