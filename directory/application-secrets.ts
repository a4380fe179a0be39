/** The credentials of an application, sealed for that application alone. */
import type { SealedSecret, Sealer } from './sealing.ts';

/** Seals the credentials of the application of this name; under another name they do not open. */
export function sealSecret(sealer: Sealer, application: string, secret: unknown): SealedSecret {
  return sealer.seal(purpose(application), JSON.stringify(secret));
}

/** The credentials, for the connector type's schema to read. Throws when they were sealed for another or by another key. */
export function openSecret(sealer: Sealer, application: { name: string; sealedSecret: SealedSecret }): unknown {
  return JSON.parse(sealer.open(purpose(application.name), application.sealedSecret));
}

function purpose(application: string): string {
  return `application ${application}`;
}
