/** Alarm: what operators must know at once, in the log and, where an address is configured, by mail. */
import { createHash } from 'node:crypto';
import { log } from '@temporalio/activity';
import type { Mailer } from './mail/mailer.ts';

interface Alert {
  /** What it is about: the same within the same hour is mailed once. */
  key: string;
  subject: string;
  text: string;
}

/** Tells the operators. A mail that fails is logged and not thrown: the alarm is in the log already. */
export type Alarm = (alert: Alert) => Promise<void>;

export function createAlarm(mailer: Mailer, to: string | undefined): Alarm {
  return async ({ key, subject, text }) => {
    log.error(`ALARM ${subject}`, { alarm: key, text });
    if (to === undefined) return;
    const hour = new Date().toISOString().slice(0, 13);
    const digest = createHash('sha256').update(`${key} ${hour}`).digest('hex').slice(0, 24);
    const mail = { kind: 'alarm', eventId: 'alarm', employeeNumber: '', to, subject: `Joinery: ${subject}`, text };
    await mailer
      .send(
        { ...mail, messageId: `<alarm.${digest}@joinery.notice>`, html: `<pre>${escaped(text)}</pre>` },
        AbortSignal.timeout(30_000),
      )
      .catch((error: unknown) => log.error('an alarm was not mailed', { alarm: key, error }));
  };
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
