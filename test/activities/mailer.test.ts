/** Mail: each message at most once, whatever dies or is refused in between. A real SMTP server that misbehaves on order. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMailer, type Mail, type Mailer } from '#activities/mail/mailer.ts';
import { renderNotice } from '#activities/mail/templates.ts';
import { mailsOf } from '#directory/mails.ts';
import { startMailCatcher, type MailCatcher } from '#runtime/embedded/mail-catcher.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { caughtMails, mailFault } from '../support/mails.ts';

let directory: FreshDirectory;
let catcher: MailCatcher;
let mailer: Mailer;

beforeAll(async () => {
  directory = await freshDirectory();
  catcher = await startMailCatcher({ smtpPort: 0, httpPort: 0, host: '127.0.0.1' });
  mailer = createMailer(directory.sql, catcher.smtpUrl, 'Joinery <joinery@acme.example>');
});
afterAll(async () => {
  await catcher.close();
  await directory.close();
});
beforeEach(async () => {
  await directory.sql`truncate mail`;
  await fetch(`${catcher.url}/messages`, { method: 'DELETE' });
  await fetch(`${catcher.url}/faults`, { method: 'DELETE' });
});

const mail: Mail = {
  messageId: '<welcome.e1@joinery.notice>',
  eventId: 'e1',
  kind: 'welcome',
  employeeNumber: 'E1',
  to: 'ada@home.example',
  subject: 'Welcome',
  text: 'Hello\n.\nA line with a dot alone.',
  html: '<p>Hello</p>',
};
const send = () => mailer.send(mail, new AbortController().signal);
const state = async () => (await mailsOf(directory.sql, 'E1'))[0]?.state;

describe('a mail', () => {
  it('arrives once, with its own message id, however often it is sent', async () => {
    expect(await send()).toEqual({ state: 'sent' });
    expect(await send()).toEqual({ state: 'sent' });
    expect(await caughtMails(catcher)).toMatchObject([{ messageId: mail.messageId, subject: 'Welcome' }]);
  });

  it('arrives once when two attempts are made at the same moment', async () => {
    await Promise.allSettled([send(), send(), send()]);
    expect(await caughtMails(catcher)).toHaveLength(1);
  });

  it('is tried again when the server says "later", before or after the message', async () => {
    for (const stage of ['rcpt', 'data']) {
      await mailFault(catcher, { stage, code: 451, message: 'later', times: 1 });
      await expect(send()).rejects.toThrow('later');
    }
    expect(await send()).toEqual({ state: 'sent' });
    expect(await caughtMails(catcher)).toHaveLength(1);
  });

  it('is given up when the server says "never"', async () => {
    await mailFault(catcher, { stage: 'rcpt', code: 550, message: 'no such user', times: 1 });
    expect(await send()).toMatchObject({ state: 'refused', answer: expect.stringContaining('no such user') });
    expect(await state()).toBe('refused');
  });

  it('is not sent again when the server took it and the answer was lost', async () => {
    await mailFault(catcher, { stage: 'data', action: 'cut-after-accept', times: 1 });
    await expect(send()).rejects.toThrow();
    expect(await state()).toBe('handed-over');
    expect(await send()).toEqual({ state: 'handed-over' });
    expect(await caughtMails(catcher)).toHaveLength(1);
  });

  it('is sent by the next attempt when the one before died without handing it over', async () => {
    await directory.sql`
      insert into mail (message_id, event_id, kind, employee_number, recipient, state)
      values (${mail.messageId}, 'e1', 'welcome', 'E1', ${mail.to}, 'claimed')`;
    expect(await send()).toEqual({ state: 'sent' });
    expect(await caughtMails(catcher)).toHaveLength(1);
  });
});

describe('a notice', () => {
  const values = {
    event: { id: 'e1', firstDay: '2026-12-01' },
    person: { name: 'Ada <script>', employeeNumber: 'E1', title: 'T', department: 'D' },
    manager: { name: 'Bo & Co' },
    accounts: [{ application: 'CRM', username: 'ada@x.example' }],
    lines: ['crm: create, done'],
  };

  it.each(['welcome', 'manager-joiner', 'manager-mover', 'manager-leaver'] as const)(
    '%s escapes what people are called, in HTML only',
    async (kind) => {
      const { subject, text, html } = await renderNotice(kind, values);
      expect(html).not.toContain('<script>');
      expect(html).toContain('Ada &lt;script&gt;');
      expect(`${subject}\n${text}`).toContain('Ada <script>');
      expect(subject).not.toContain('\n');
    },
  );

  it('does not take a value it was not given for empty', async () => {
    await expect(renderNotice('welcome', { ...values, accounts: undefined })).rejects.toThrow('accounts');
  });
});
