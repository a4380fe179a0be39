/** Pauses by hand: nothing is sent to an application until somebody ends it. */
import { lineFault } from '#domain/text.ts';
import { pauseApplication, resumeApplication } from '#directory/application-states.ts';
import { findApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries, Sql } from '#directory/database.ts';

/** The longest reason of a pause. */
export const REASON_MOST = 500;

/**
 * Pauses an application by hand. Answers whether it changed anything; undefined when there is no such application. Throws
 * when the reason says nothing.
 */
export async function pause(directory: Sql, name: string, reason: string, actor: string): Promise<boolean | undefined> {
  const fault = lineFault(reason, REASON_MOST);
  if (fault) throw new Error(`the reason ${fault}`);
  return change(directory, name, actor, 'application paused', { reason }, (tx) =>
    pauseApplication(tx, name, actor, reason),
  );
}

/** Ends a pause, whoever began it. Answers likewise. */
export async function resume(directory: Sql, name: string, actor: string): Promise<boolean | undefined> {
  return change(directory, name, actor, 'application resumed', {}, (tx) => resumeApplication(tx, name));
}

async function change(
  directory: Sql,
  name: string,
  actor: string,
  action: string,
  detail: Record<string, unknown>,
  step: (tx: Queries) => Promise<boolean>,
): Promise<boolean | undefined> {
  if (!(await findApplication(directory, name))) return undefined;
  return directory.begin(async (tx) => {
    const changed = await step(tx);
    if (changed) await recordAudit(tx, { actor, action, subject: name, detail });
    return changed;
  });
}
