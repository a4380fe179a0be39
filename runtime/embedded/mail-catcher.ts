/**
 * A mail server that delivers nothing: it takes every message on 127.0.0.1, keeps it, and shows it over HTTP. Told to
 * (mail-faults.ts), it refuses or breaks off the way real servers do.
 */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { serve } from '@hono/node-server';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { FaultList, type Fault } from '#runtime/embedded/mail-faults.ts';
import { mailPages } from '#runtime/embedded/mail-pages.ts';
import { openMailStore, type MailStore } from '#runtime/embedded/mail-store.ts';

export interface MailCatcherOptions {
  /** 0 picks a free port. */
  smtpPort: number;
  /** 0 picks a free port. */
  httpPort: number;
  host: '127.0.0.1' | '::1';
  /** Keeps the messages over restarts; without it they are in memory. */
  dir?: string;
}

export interface MailCatcher {
  /** For nodemailer: smtp://host:port. */
  smtpUrl: string;
  /** The page that lists what was caught. */
  url: string;
  /** Breaks off all connections and stops listening. Safe to repeat. */
  close(): Promise<void>;
}

const largestMessage = 32 * 1024 * 1024;

/** Starts the mail catcher. A message is answered with 250 only when it is stored. Throws when a port is busy. */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  const { host } = options;
  const store = await openMailStore(options.dir);
  const faults = new FaultList();
  const smtp = smtpServer(store, faults);
  // A client that breaks off is an error here; its session ends by itself. A busy port shows below.
  smtp.on('error', () => undefined);
  const smtpPort = await listeningPort(smtp.listen(options.smtpPort, host));

  const http = serve({ fetch: mailPages(store, faults).fetch, port: options.httpPort, hostname: host }) as Server;
  let httpPort: number;
  try {
    httpPort = await listeningPort(http);
  } catch (error) {
    smtp.close();
    throw error;
  }
  const shownHost = host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    smtpUrl: `smtp://${shownHost}:${smtpPort}`,
    url: `http://${shownHost}:${httpPort}`,
    close: () => (closing ??= close(smtp, http, faults)),
  };
}

function smtpServer(store: MailStore, faults: FaultList): SMTPServer {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: largestMessage,
    disableReverseLookup: true,
    closeTimeout: 200,
    onMailFrom(sender, _session, answer) {
      answer(refusal(faults.take('mail', [sender.address])));
    },
    onRcptTo(recipient, _session, answer) {
      answer(refusal(faults.take('rcpt', [recipient.address])));
    },
    onData(stream, session, answer) {
      const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
      const to = session.envelope.rcptTo.map((recipient) => recipient.address);
      const receive = async () => {
        const raw = Buffer.concat(await stream.toArray());
        if (stream.sizeExceeded) return answer(smtpError(552, 'message is larger than 32 MiB'));
        const fault = faults.take('data', [from, ...to]);
        const refused = refusal(fault);
        if (refused) return answer(refused);
        const message = await store.add({ from, to }, raw);
        fault?.hit(message.id);
        if (fault?.action === 'hold-after-accept') await fault.released;
        if (fault?.action === 'cut-after-accept') return cut(server, session);
        answer(null, `stored as ${message.id}`);
      };
      receive().catch((error: Error) => answer(smtpError(451, error.message)));
    },
  });
  return server;
}

function refusal(fault: Fault | undefined): Error | null {
  return fault?.code === undefined ? null : smtpError(fault.code, fault.message);
}

function smtpError(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

/** Breaks the session's connection without a word, as a crash of the server would. */
function cut(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections as Set<{ session: SMTPServerSession; _socket: { destroy(): void } }>) {
    if (connection.session === session) connection._socket.destroy();
  }
}

async function listeningPort(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(smtp: SMTPServer, http: Server, faults: FaultList): Promise<void> {
  faults.clear();
  const httpClosed = once(http, 'close');
  http.close();
  if ('closeAllConnections' in http) (http as Server & { closeAllConnections(): void }).closeAllConnections();
  await new Promise<void>((closed) => smtp.close(closed));
  await httpClosed;
}
