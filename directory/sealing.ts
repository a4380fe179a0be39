/** Sealing: secrets at rest, AES-256-GCM, each bound to what it is for so that it can not be moved elsewhere. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** JSON as stored. `keyId` says which key opens it. */
export interface SealedSecret {
  keyId: string;
  nonce: string;
  tag: string;
  text: string;
}

export interface Sealer {
  /** The key that seals. */
  keyId: string;
  /** Every key that opens, the one that seals first. */
  keyIds: readonly string[];
  seal(purpose: string, secret: string): SealedSecret;
  /** Throws when the key, the purpose or a single bit is not the one it was sealed with. */
  open(purpose: string, sealed: SealedSecret): string;
}

/**
 * A sealer over 32-byte keys: seals with the current one, opens with the one it was sealed with. Throws on a key of
 * another length.
 */
export function createSealer(current: Uint8Array, old: readonly Uint8Array[] = []): Sealer {
  if ([current, ...old].some((key) => key.length !== 32))
    throw new Error('directory: a sealing key must have 32 bytes');
  const keyId = idOf(current);
  const keys = new Map([current, ...old].map((key) => [idOf(key), key]));
  return {
    keyId,
    keyIds: [...keys.keys()],
    seal(purpose, secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return {
        keyId,
        nonce: nonce.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        text: text.toString('base64'),
      };
    },
    open(purpose, sealed) {
      const key = keys.get(sealed.keyId);
      if (!key)
        throw new Error(
          `the secret of ${purpose} was sealed with key ${sealed.keyId}, we have ${[...keys.keys()].join(', ')}: ` +
            'add that key to JOINERY_SECRET_KEY_OLD, or save the application again with its secret',
        );
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: 16 })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      const text = decipher.update(Buffer.from(sealed.text, 'base64'));
      try {
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new Error(`the secret of ${purpose} was changed after it was sealed, or sealed for something else`, {
          cause,
        });
      }
    },
  };
}

function idOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}
