import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '#runtime/embedded/mail-catcher.ts';
import { scratchDir } from './scratch.ts';

const catchers: MailCatcher[] = [];
afterEach(() => Promise.all(catchers.splice(0).map((catcher) => catcher.close())));

const mail = {
  from: 'Joinery <joinery@example.com>',
  to: 'ada@example.com',
  subject: 'Your account',
  text: 'Welcome',
  html: '<p>Welcome</p>',
  messageId: '<welcome-E1042@joinery>',
};

describe('a caught mail', () => {
  it('is listed with what it said and to whom it really went', async () => {
    const catcher = await started();
    await send(catcher, { ...mail, bcc: 'audit@example.com' });
    const [listed] = await get(catcher, '/messages');
    expect(listed).toMatchObject({
      from: ['joinery@example.com'],
      to: ['ada@example.com'],
      envelope: { to: ['ada@example.com', 'audit@example.com'] },
      subject: 'Your account',
      text: expect.stringContaining('Welcome') as string,
      html: '<p>Welcome</p>',
      messageId: '<welcome-E1042@joinery>',
    });
    const whole = await get(catcher, `/messages/${listed?.['id'] as string}`);
    expect(Buffer.from(whole['raw'] as string, 'base64').toString()).toContain('Subject: Your account\r\n');
  });

  it('is kept twice when it is sent twice', async () => {
    const catcher = await started();
    await send(catcher, mail);
    await send(catcher, mail);
    const ids = (await get(catcher, '/messages?messageId=%3Cwelcome-E1042%40joinery%3E')).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['?to=ADA@example.com', 1],
    ['?to=audit@example.com', 1],
    ['?to=example.com', 0],
    ['?subject=account', 2],
    ['?subject=account&to=grace@example.com', 1],
    ['?messageId=%3Cnone%40joinery%3E', 0],
  ])('is found by %s: %i', async (query, count) => {
    const catcher = await started();
    await send(catcher, { ...mail, bcc: 'audit@example.com' });
    await send(catcher, { ...mail, to: 'grace@example.com' });
    expect(await get(catcher, `/messages${query}`)).toHaveLength(count);
  });

  it('is still there after a restart, readable by its owner only, and gone after DELETE', async () => {
    const dir = join(scratchDir(), 'mail');
    const first = await started(dir);
    await send(first, mail);
    await first.close();
    expect(statSync(join(dir, readdirSync(dir)[0] ?? '')).mode & 0o777).toBe(0o600);

    const second = await started(dir);
    expect(await get(second, '/messages')).toMatchObject([{ messageId: mail.messageId }]);
    await fetch(`${second.url}/messages`, { method: 'DELETE' });
    await second.close();
    expect(await get(await started(dir), '/messages')).toEqual([]);
  });

  it('must not stop the next start in silence when its file is damaged', async () => {
    const dir = scratchDir();
    writeFileSync(join(dir, '20260101T000000000Z-0000.json'), '{');
    await expect(startMailCatcher({ smtpPort: 0, httpPort: 0, host: '127.0.0.1', dir })).rejects.toThrow(
      /20260101T000000000Z-0000\.json is not a message/,
    );
  });
});

describe('the page', () => {
  it('says that nothing is delivered, and shows mail as text only', async () => {
    const catcher = await started();
    await send(catcher, { ...mail, subject: '<script>alert(1)</script>', text: '<img src=x onerror=alert(2)>' });
    const response = await fetch(catcher.url);
    const page = await response.text();
    expect(page).toContain('None was delivered');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toMatch(/<script|<img/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('lets the HTML of a mail run nothing and load nothing', async () => {
    const catcher = await started();
    await send(catcher, { ...mail, html: '<script>alert(1)</script><img src="https://tracker.example/x">' });
    const [listed] = await get(catcher, '/messages');
    const response = await fetch(`${catcher.url}/messages/${listed?.['id'] as string}/html`);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(response.headers.get('content-security-policy')).not.toContain('allow-scripts');
  });

  it('answers no other site: not by a name that resolves here, not by a script', async () => {
    const catcher = await started();
    expect(await statusFor(catcher, { host: 'rebound.example' })).toBe(421);
    expect(await statusFor(catcher, { origin: 'https://evil.example' })).toBe(403);
    expect(await statusFor(catcher, {})).toBe(200);
  });
});

describe('an ordered fault', () => {
  it.each(['mail', 'rcpt', 'data'] as const)('refuses at %s with its code, as often as ordered', async (stage) => {
    const catcher = await started();
    const id = await order(catcher, { stage, code: 451, message: 'try later', times: 2 });
    await expect(send(catcher, mail)).rejects.toMatchObject({ responseCode: 451 });
    await expect(send(catcher, mail)).rejects.toMatchObject({ responseCode: 451 });
    await send(catcher, mail);
    expect(await get(catcher, '/messages')).toHaveLength(1);
    expect(await hit(catcher, id)).toMatchObject({ hit: true, hits: 2, left: 0, messageIds: [] });
  });

  it('hits only the address it is meant for', async () => {
    const catcher = await started();
    await order(catcher, { stage: 'rcpt', code: 550, match: 'grace@' });
    await send(catcher, mail);
    await expect(send(catcher, { ...mail, to: 'grace@example.com' })).rejects.toMatchObject({ responseCode: 550 });
  });

  it('stores the message and cuts the connection: the sender cannot know', async () => {
    const catcher = await started();
    const id = await order(catcher, { stage: 'data', action: 'cut-after-accept' });
    const failure = await send(catcher, mail).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toHaveProperty('responseCode');
    const [stored] = await get(catcher, '/messages');
    expect(await hit(catcher, id)).toMatchObject({ hit: true, messageIds: [stored?.['id']] });
  });

  it('stores the message and holds the answer until it is released', async () => {
    const catcher = await started();
    const id = await order(catcher, { stage: 'data', action: 'hold-after-accept' });
    let answered = false;
    const sending = send(catcher, mail).then(() => (answered = true));
    expect(await hit(catcher, id)).toMatchObject({ hit: true });
    expect(await get(catcher, '/messages')).toHaveLength(1);
    expect(answered).toBe(false);
    await fetch(`${catcher.url}/faults/${id}/release`, { method: 'POST' });
    await sending;
    expect(answered).toBe(true);
  });

  it('that has not happened yet answers so when the wait is over', async () => {
    const catcher = await started();
    const id = await order(catcher, { stage: 'data', code: 451 });
    expect(await hit(catcher, id, 1)).toMatchObject({ hit: false, left: 1 });
  });

  it('is refused when it makes no sense', async () => {
    const catcher = await started();
    for (const nonsense of [
      { stage: 'mail', action: 'cut-after-accept' },
      { stage: 'data' },
      { stage: 'data', code: 250 },
    ]) {
      const response = await fetch(`${catcher.url}/faults`, { method: 'POST', body: JSON.stringify(nonsense) });
      expect(response.status).toBe(400);
    }
  });
});

it('says so when a port is busy', async () => {
  const running = await started();
  const smtpPort = Number(new URL(running.smtpUrl).port);
  await expect(startMailCatcher({ smtpPort, httpPort: 0, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
});

async function started(dir?: string): Promise<MailCatcher> {
  const catcher = await startMailCatcher({ smtpPort: 0, httpPort: 0, host: '127.0.0.1', ...(dir ? { dir } : {}) });
  catchers.push(catcher);
  return catcher;
}

function send(catcher: MailCatcher, message: typeof mail & { bcc?: string }): Promise<unknown> {
  return createTransport(catcher.smtpUrl).sendMail(message);
}

async function get(catcher: MailCatcher, path: string) {
  const response = await fetch(`${catcher.url}${path}`);
  return (await response.json()) as Record<string, unknown>[] & Record<string, unknown>;
}

async function order(catcher: MailCatcher, fault: object): Promise<string> {
  const response = await fetch(`${catcher.url}/faults`, { method: 'POST', body: JSON.stringify(fault) });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

function hit(catcher: MailCatcher, id: string, timeoutMs = 10_000) {
  return get(catcher, `/faults/${id}/hit?timeoutMs=${timeoutMs}`);
}

/** fetch() does not let a caller choose the Host header. */
async function statusFor(catcher: MailCatcher, headers: Record<string, string>): Promise<number | undefined> {
  const asked = request(`${catcher.url}/messages`, { headers }).end();
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
