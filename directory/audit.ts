/** Audit: who changed a setting, when, and how. */
import type { Queries } from './database.ts';

export interface AuditEntry {
  /** Such as `cli:root` or `key:hr-console`. */
  actor: string;
  /** Such as `application saved`, `key created`. */
  action: string;
  subject: string;
  /** Old and new values; never a secret. */
  detail: Record<string, unknown>;
}

/** Adds an entry; run it in the transaction of the change it tells of. */
export async function recordAudit(sql: Queries, entry: AuditEntry): Promise<void> {
  await sql`
    insert into audit (actor, action, subject, detail)
    values (${entry.actor}, ${entry.action}, ${entry.subject}, ${sql.json(entry.detail as never)})`;
}
