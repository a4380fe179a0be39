/** What the mail catcher shows over HTTP: a page for people, JSON for tests, and the faults that tests order. */
import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import { faultOrder, type Fault, type FaultList } from '#runtime/embedded/mail-faults.ts';
import type { CaughtMessage, MailStore } from '#runtime/embedded/mail-store.ts';

const longestWaitMs = 60_000;
const hitQuery = z.object({ timeoutMs: z.coerce.number().int().min(0).max(longestWaitMs).default(10_000) });

/** A mail may run no script, load nothing from anywhere, and know nothing of the page that shows it. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; sandbox allow-popups";
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'";

/** The routes of the mail catcher. */
export function mailPages(store: MailStore, faults: FaultList): Hono {
  const app = new Hono();

  // Mails hold reset links. A page of another site must not reach them by a name that resolves to 127.0.0.1, and must
  // not change anything by a form or a script.
  app.use(async (c, next) => {
    const own = new URL(c.req.url);
    const origin = c.req.header('origin');
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(own.hostname)) return c.text('Use http://127.0.0.1 here.', 421);
    if (origin !== undefined && origin !== own.origin) return c.text('Other sites may not use the mail catcher.', 403);
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cache-Control', 'no-store');
    await next();
  });

  app.get('/', (c) => c.html(page(store.list({})), 200, { 'Content-Security-Policy': pagePolicy }));

  app.get('/messages', (c) => {
    const { to, subject, messageId } = c.req.query();
    return c.json(store.list({ to, subject, messageId }).map(withoutRaw));
  });
  app.get('/messages/:id', (c) => {
    const message = store.get(c.req.param('id'));
    return message ? c.json(message) : c.json({ error: 'no such message' }, 404);
  });
  app.get('/messages/:id/html', (c) => {
    const message = store.get(c.req.param('id'));
    if (!message) return c.text('There is no such message.', 404);
    if (message.html === null) return c.text('This message has no HTML part.', 404);
    return c.html(message.html, 200, { 'Content-Security-Policy': mailPolicy });
  });
  app.delete('/messages', async (c) => c.json({ deleted: await store.clear() }));

  app.post('/faults', async (c) => {
    const order = faultOrder.safeParse(await c.req.json().catch(() => undefined));
    if (!order.success) return c.json({ error: z.prettifyError(order.error) }, 400);
    return c.json(shownFault(faults.order(order.data)), 201);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.get('/faults/:id/hit', async (c) => {
    const fault = faults.get(c.req.param('id'));
    if (!fault) return c.json({ error: 'no such fault' }, 404);
    const query = hitQuery.safeParse(c.req.query());
    if (!query.success) return c.json({ error: z.prettifyError(query.error) }, 400);
    const hit = await fault.waitForHit(query.data.timeoutMs);
    return c.json({ hit, ...shownFault(fault) });
  });
  app.post('/faults/:id/release', (c) => {
    const fault = faults.get(c.req.param('id'));
    if (!fault) return c.json({ error: 'no such fault' }, 404);
    fault.release();
    return c.body(null, 204);
  });
  return app;
}

function shownFault({ id, hits, left, messageIds }: Fault) {
  return { id, hits, left, messageIds };
}

function withoutRaw({ raw: _raw, ...shown }: CaughtMessage) {
  return shown;
}

function page(messages: readonly CaughtMessage[]) {
  const rows = messages.toReversed().map(row);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Caught mail</title>
        <style>
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 60rem;
            margin: 2rem auto;
            padding: 0 1rem;
          }
          article {
            border-top: 1px solid #767676;
            padding: 0.75rem 0;
          }
          h2 {
            font-size: 1.1rem;
            margin: 0;
          }
          p {
            margin: 0.25rem 0;
          }
          pre {
            white-space: pre-wrap;
            overflow-wrap: anywhere;
          }
        </style>
      </head>
      <body>
        <h1>Caught mail</h1>
        <p>
          These ${messages.length} messages were caught on this machine. <strong>None was delivered to anybody.</strong>
        </p>
        ${rows.length > 0 ? rows : raw('<p>Nothing yet.</p>')}
      </body>
    </html>`;
}

function row(message: CaughtMessage) {
  const link = message.html === null ? '' : html` · <a href="/messages/${message.id}/html">formatted</a>`;
  return html`<article>
    <h2>${message.subject || '(no subject)'}</h2>
    <p>To ${message.envelope.to.join(', ')} from ${message.from.join(', ')}, <time>${message.receivedAt}</time></p>
    <details>
      <summary>Text</summary>
      <pre>${message.text}</pre>
    </details>
    <p><a href="/messages/${message.id}">JSON</a>${link}</p>
  </article>`;
}
