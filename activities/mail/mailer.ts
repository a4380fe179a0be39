/** Mail over SMTP, each message handed to the server at most once even if the worker dies at any moment. */
import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { claimMail, handOverMail, settleMail, type MailRecord } from '#directory/mails.ts';
import type { Sql } from '#directory/database.ts';

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
  close(): void;
}

/** A mailer over pooled connections to `smtpUrl`; `from` is the sender of every mail. */
export function createMailer(directory: Sql, smtpUrl: string, from: string): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 5,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send(mail, signal) {
      const { to, messageId } = mail;
      const claimed = await claimMail(directory, { ...mail, recipient: to });
      if (claimed.state === 'sent' || claimed.state === 'handed-over') return { state: claimed.state };
      signal.throwIfAborted();
      const source = await compose(mail, from);
      try {
        await transport.sendMail({
          envelope: { from, to },
          raw: Readable.from(handingOver(directory, messageId, source)),
        });
      } catch (error) {
        return await afterFailure(directory, claimed, error);
      }
      await settleMail(directory, messageId, 'sent', 'accepted');
      return { state: 'sent' };
    },
    close: () => transport.close(),
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

/** A refusal of the recipient or of the message by the server itself; everything else is thrown, to be tried again. */
async function afterFailure(directory: Sql, { messageId }: MailRecord, error: unknown): Promise<MailResult> {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message: string };
  if ((code !== 'EENVELOPE' && code !== 'EMESSAGE') || responseCode === undefined) throw error;
  await settleMail(directory, messageId, 'refused', message);
  if (responseCode < 500) throw error;
  return { state: 'refused', answer: message };
}

async function compose(mail: Mail, from: string): Promise<Buffer> {
  const { to, subject, text, html, messageId } = mail;
  const headers = { 'Auto-Submitted': 'auto-generated' };
  return new MailComposer({ from, to, subject, text, html, messageId, headers }).compile().build();
}
