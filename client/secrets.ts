/** The secrets of applications as they are sealed: which key opens which, and from one key to the next. */
import { openSecret, sealSecret } from '#directory/application-secrets.ts';
import { listApplications, lockSecrets, replaceSeal, type StoredApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';

/** `missing`: sealed with a key that is not configured. */
export interface SecretSeal {
  application: string;
  keyId: string;
  key: 'current' | 'old' | 'missing';
}

/** Which key each application's secret is sealed with. Opens none. */
export async function listSeals(directory: Sql, sealer: Sealer): Promise<SecretSeal[]> {
  return (await listApplications(directory)).map(({ name, sealedSecret: { keyId } }) => ({
    application: name,
    keyId,
    key: keyId === sealer.keyId ? 'current' : sealer.keyIds.includes(keyId) ? 'old' : 'missing',
  }));
}

/** Names of applications. `unopened`, and why: then nothing was changed. */
export interface Rotation {
  keyId: string;
  resealed: string[];
  alreadyCurrent: string[];
  unopened: { application: string; problem: string }[];
}

/**
 * Seals every secret with the current key: all of them, or none when there is one that can not be opened. Connections that
 * are open go on. Safe to repeat.
 */
export async function rotateSecrets(directory: Sql, sealer: Sealer, actor: string): Promise<Rotation> {
  return directory.begin(async (tx) => {
    const stored = await lockSecrets(tx);
    const unopened = stored.flatMap((one) => problemOf(one, sealer));
    const isCurrent = ({ sealedSecret }: Sealed) => sealedSecret.keyId === sealer.keyId;
    const stale = unopened.length > 0 ? [] : stored.filter((one) => !isCurrent(one));
    for (const { name, sealedSecret } of stale) {
      const resealed = sealSecret(sealer, name, openSecret(sealer, { name, sealedSecret }));
      await replaceSeal(tx, name, resealed);
      await recordAudit(tx, {
        actor,
        action: 'secret sealed anew',
        subject: name,
        detail: { old: { keyId: sealedSecret.keyId }, new: { keyId: resealed.keyId } },
      });
    }
    return {
      keyId: sealer.keyId,
      resealed: stale.map(({ name }) => name),
      alreadyCurrent: stored.filter(isCurrent).map(({ name }) => name),
      unopened,
    };
  });
}

type Sealed = Pick<StoredApplication, 'name' | 'sealedSecret'>;

function problemOf(one: Sealed, sealer: Sealer): Rotation['unopened'] {
  try {
    openSecret(sealer, one);
    return [];
  } catch (error) {
    return [{ application: one.name, problem: error instanceof Error ? error.message : String(error) }];
  }
}
