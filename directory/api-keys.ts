/** API keys, stored only as SHA-256 of a 256-bit random value. */
import type { Queries } from './database.ts';

export const ROLES = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

export interface ApiKeyRecord {
  id: number;
  name: string;
  role: Role;
}

/** Stores a key by its hash. */
export async function insertApiKey(sql: Queries, key: { name: string; role: Role; sha256: string }): Promise<void> {
  await sql`insert into api_key (name, role, key_sha256) values (${key.name}, ${key.role}, ${key.sha256})`;
}

/** Closes every key of this name; answers how many were open. Safe to repeat. */
export async function revokeApiKeys(sql: Queries, name: string): Promise<number> {
  const rows =
    await sql`update api_key set revoked_at = now() where name = ${name} and revoked_at is null returning id`;
  return rows.length;
}

/** The key with this hash unless revoked. Remembers, at most once a minute, that it was used. */
export async function findApiKey(sql: Queries, sha256: string): Promise<ApiKeyRecord | undefined> {
  const [row] = await sql<(ApiKeyRecord & { stale: boolean })[]>`
    select id, name, role, coalesce(last_used_at < now() - interval '1 minute', true) as stale
    from api_key where key_sha256 = ${sha256} and revoked_at is null`;
  if (!row) return undefined;
  if (row.stale) await sql`update api_key set last_used_at = now() where id = ${row.id}`;
  return { id: row.id, name: row.name, role: row.role };
}
