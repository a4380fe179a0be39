// Setup objects and business records may not be written in one transaction. A user counts as Setup only where the
// change touches access: created with a role, or a change of one of the fields below.

import { SalesforceError } from './errors.ts';
import type { Draft } from './journal.ts';
import type { SObject } from './schema.ts';

const ACCESS_FIELDS = ['UserRoleId', 'IsActive', 'ForecastEnabled', 'IsPortalEnabled', 'Username', 'ProfileId'];

/** Remembers what one transaction has written, and refuses the write that would mix. */
export class MixedDmlGuard {
  #first: { object: string; setup: boolean } | undefined;

  onCreate(object: SObject, draft: Draft): void {
    if (object.name !== 'User' || (draft.UserRoleId ?? null) !== null) this.#note(object);
  }

  onUpdate(object: SObject, changes: Draft): void {
    if (object.name !== 'User' || ACCESS_FIELDS.some((field) => field in changes)) this.#note(object);
  }

  onDelete(object: SObject): void {
    this.#note(object);
  }

  #note(object: SObject): void {
    this.#first ??= { object: object.name, setup: object.setup };
    if (this.#first.setup !== object.setup) throw mixedDml(object.name, this.#first.object);
  }
}

export function mixedDml(objectName: string, originalObjectName: string): SalesforceError {
  const message =
    'DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): ' +
    `${objectName}, original object: ${originalObjectName}`;
  return new SalesforceError('MIXED_DML_OPERATION', message, { fields: [] });
}
