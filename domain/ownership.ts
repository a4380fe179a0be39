/** Ownership: the records a leaver leaves behind, and who gets them. */

/**
 * Records of these types go to the first of `to` that can own them: `successor` (named by HR in the leaver event),
 * `manager`, `user:NAME` (a username of the application) or `queue:NAME`.
 */
export interface TransferRule {
  objects: string[];
  to: string[];
}

/** One record that changed hands, or is about to: the manifest by which a transfer can be reversed. */
export interface RecordMove {
  object: string;
  recordId: string;
  name: string;
  oldOwner: string;
  newOwner: string;
  /** As people call the new owner. */
  newOwnerName: string;
}

/** A new owner as a rule names it, taken apart. */
export type NewOwner =
  | { by: 'successor' }
  | { by: 'manager' }
  | { by: 'user'; name: string }
  | { by: 'queue'; name: string };

/** Reads `successor`, `manager`, `user:NAME` or `queue:NAME`; undefined for anything else. */
export function readNewOwner(text: string): NewOwner | undefined {
  if (text === 'successor' || text === 'manager') return { by: text };
  const [, by, name] = /^(user|queue):(.+)$/.exec(text) ?? [];
  return (by === 'user' || by === 'queue') && name ? { by, name } : undefined;
}
