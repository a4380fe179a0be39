/** API keys: 256 random bits, shown once, kept only as a hash. */
import { createHash, randomBytes } from 'node:crypto';
import { lineFault } from '#domain/text.ts';
import { findApiKey, insertApiKey, revokeApiKeys, type ApiKeyRecord, type Role } from '#directory/api-keys.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Sql } from '#directory/database.ts';

const KEY = /^jnr_[A-Za-z0-9_-]{43}$/;

/** What each role may do includes what those before it may. */
const RANK: Record<Role, number> = { viewer: 0, operator: 1, administrator: 2 };

/** The longest name of a key. */
const NAME_MOST = 100;

/** Makes a key and answers it; it can not be read again. Throws when the name says nothing. */
export async function createKey(directory: Sql, key: { name: string; role: Role; actor: string }): Promise<string> {
  const fault = lineFault(key.name, NAME_MOST);
  if (fault) throw new Error(`the name of a key ${fault}`);
  const secret = `jnr_${randomBytes(32).toString('base64url')}`;
  await directory.begin(async (tx) => {
    await insertApiKey(tx, { name: key.name, role: key.role, sha256: sha256(secret) });
    await recordAudit(tx, { actor: key.actor, action: 'key created', subject: key.name, detail: { role: key.role } });
  });
  return secret;
}

/** Closes the keys of this name at once; answers how many there were. */
export async function revokeKeys(directory: Sql, key: { name: string; actor: string }): Promise<number> {
  return directory.begin(async (tx) => {
    const revoked = await revokeApiKeys(tx, key.name);
    if (revoked > 0)
      await recordAudit(tx, { actor: key.actor, action: 'key revoked', subject: key.name, detail: { revoked } });
    return revoked;
  });
}

/**
 * Whose key this is, or undefined. The lookup is by the hash of a value nobody can choose bit by bit, so its timing
 * tells nothing of the keys that exist.
 */
export async function checkKey(directory: Sql, presented: string): Promise<ApiKeyRecord | undefined> {
  return KEY.test(presented) ? findApiKey(directory, sha256(presented)) : undefined;
}

/** Whether a role may do what needs another. */
export function allows(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
