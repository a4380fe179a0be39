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
  seal(purpose: string, secret: string): SealedSecret;
  /** Throws when the key, the purpose or a single bit is not the one it was sealed with. */
  open(purpose: string, sealed: SealedSecret): string;
}

/** A sealer over a 32-byte key. Throws on a key of another length. */
export function createSealer(key: Uint8Array): Sealer {
  if (key.length !== 32) throw new Error('directory: the sealing key must have 32 bytes');
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return {
    seal(purpose, secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return {
        keyId,
        nonce: nonce.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        text: text.toString('base64'),
      };
    },
    open(purpose, sealed) {
      if (sealed.keyId !== keyId)
        throw new Error(`the secret of ${purpose} was sealed with key ${sealed.keyId}, ours is ${keyId}`);
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: 16 })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      return Buffer.concat([decipher.update(Buffer.from(sealed.text, 'base64')), decipher.final()]).toString('utf8');
    },
  };
}
