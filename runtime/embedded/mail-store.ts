/** The messages the mail catcher has taken, oldest first; one JSON file each when a folder is given. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser, type AddressObject } from 'mailparser';
import { z } from 'zod';

const caughtMessage = z.object({
  /** Sorts by the time of arrival. */
  id: z.string(),
  receivedAt: z.string(),
  /** What the SMTP client said, which need not be what the header says. */
  envelope: z.object({ from: z.string(), to: z.array(z.string()) }),
  from: z.array(z.string()),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string().nullable(),
  messageId: z.string().nullable(),
  date: z.string().nullable(),
  /** The message as it came, in base64. */
  raw: z.string(),
});
export type CaughtMessage = z.infer<typeof caughtMessage>;

/** Each given filter must match: `to` a recipient of envelope or header, `subject` a part of it, without regard to case. */
interface MailFilter {
  to?: string | undefined;
  subject?: string | undefined;
  messageId?: string | undefined;
}

export interface MailStore {
  /** Keeps the message, also one that was kept before: whoever counts must see duplicates. */
  add(envelope: CaughtMessage['envelope'], raw: Buffer): Promise<CaughtMessage>;
  list(filter: MailFilter): CaughtMessage[];
  get(id: string): CaughtMessage | undefined;
  /** Forgets all messages and answers how many there were. */
  clear(): Promise<number>;
}

/** Opens the store; with `dir` it holds the messages of earlier runs and throws when one of their files is damaged. */
export async function openMailStore(dir: string | undefined): Promise<MailStore> {
  const messages = dir ? await readAll(dir) : new Map<string, CaughtMessage>();
  let last = '';
  const nextId = (now: Date) => {
    const base = now.toISOString().replaceAll(/[-:.]/g, '');
    const count = last.startsWith(base) ? Number(last.slice(base.length + 1)) + 1 : 0;
    last = `${base}-${String(count).padStart(4, '0')}`;
    return last;
  };
  return {
    async add(envelope, raw) {
      const now = new Date();
      const message = { ...(await parse(raw)), id: nextId(now), receivedAt: now.toISOString(), envelope };
      if (dir) {
        const path = join(dir, `${message.id}.json`);
        await writeFile(`${path}.new`, JSON.stringify(message, null, 2), { mode: 0o600 });
        await rename(`${path}.new`, path);
      }
      messages.set(message.id, message);
      return message;
    },
    list: (filter) => [...messages.values()].filter((message) => matches(message, filter)),
    get: (id) => messages.get(id),
    async clear() {
      const ids = [...messages.keys()];
      messages.clear();
      if (dir) for (const id of ids) await rm(join(dir, `${id}.json`), { force: true });
      return ids.length;
    },
  };
}

async function readAll(dir: string): Promise<Map<string, CaughtMessage>> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const messages = new Map<string, CaughtMessage>();
  for (const file of (await readdir(dir)).filter((name) => name.endsWith('.json')).toSorted()) {
    const path = join(dir, file);
    try {
      const message = caughtMessage.parse(JSON.parse(await readFile(path, 'utf8')));
      messages.set(message.id, message);
    } catch (cause) {
      throw new Error(`mail catcher: ${path} is not a message: remove it and start again`, { cause });
    }
  }
  return messages;
}

async function parse(raw: Buffer) {
  const mail = await simpleParser(raw, { skipImageLinks: true });
  return {
    from: addresses(mail.from),
    to: addresses(mail.to),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || null,
    messageId: mail.messageId ?? null,
    date: mail.date?.toISOString() ?? null,
    raw: raw.toString('base64'),
  };
}

function addresses(header: AddressObject | AddressObject[] | undefined): string[] {
  const objects = Array.isArray(header) ? header : header ? [header] : [];
  return objects
    .flatMap(({ value }) => value)
    .flatMap((one) => one.address ?? one.group?.map((g) => g.address ?? '') ?? []);
}

function matches(message: CaughtMessage, { to, subject, messageId }: MailFilter): boolean {
  const recipients = [...message.to, ...message.envelope.to].map((address) => address.toLowerCase());
  return (
    (to === undefined || recipients.includes(to.toLowerCase())) &&
    (subject === undefined || message.subject.toLowerCase().includes(subject.toLowerCase())) &&
    (messageId === undefined || message.messageId === messageId)
  );
}
