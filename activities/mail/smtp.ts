/**
 * One message over one SMTP connection. nodemailer's own transports read a message ahead of the conversation; this reads
 * it only when the server has accepted the envelope and asked for it, which is what lets the caller act at the last moment.
 */
import type { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

export interface Envelope {
  from: string;
  to: string;
}

/** The server's own "no": to the envelope (nothing was read of the message) or to the message. */
export class SmtpRefusal extends Error {
  override readonly name = 'SmtpRefusal';
  readonly responseCode: number;
  readonly to: 'envelope' | 'message';

  constructor(message: string, responseCode: number, to: 'envelope' | 'message') {
    super(message);
    this.responseCode = responseCode;
    this.to = to;
  }
}

/**
 * Delivers a message to the server at `smtpUrl` (`smtp://user:password@host:port`, `smtps://…`). Resolves when the server
 * said yes. Throws SmtpRefusal when it said no, any other error when nobody knows.
 */
export async function deliver(smtpUrl: string, envelope: Envelope, message: Readable): Promise<void> {
  const connection = new SMTPConnection(connectionOptions(smtpUrl));
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject);
      connection.once('end', () => reject(new Error('the mail server closed the connection')));
      connection.connect((error) => {
        if (error) return reject(error);
        signIn(
          connection,
          smtpUrl,
          () => connection.send(envelope, message, (failure) => (failure ? reject(refusal(failure)) : resolve())),
          reject,
        );
      });
    });
    connection.quit();
  } catch (error) {
    message.destroy();
    connection.close();
    throw error;
  }
}

function connectionOptions(smtpUrl: string) {
  const { hostname, port, protocol } = new URL(smtpUrl);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port ? { port: Number(port) } : {}),
    secure: protocol === 'smtps:',
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  };
}

function signIn(connection: SMTPConnection, smtpUrl: string, next: () => void, fail: (error: unknown) => void): void {
  const { username, password } = new URL(smtpUrl);
  if (!username) return next();
  const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  connection.login({ credentials }, (error) => (error ? fail(error) : next()));
}

function refusal(error: { code?: string | undefined; responseCode?: number | undefined; message: string }): Error {
  const { code, responseCode, message } = error;
  if (responseCode === undefined) return error as Error;
  if (code === 'EENVELOPE') return new SmtpRefusal(message, responseCode, 'envelope');
  if (code === 'EMESSAGE') return new SmtpRefusal(message, responseCode, 'message');
  return error as Error;
}
