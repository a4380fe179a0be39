/** Accounts found by what their fields hold, and read by id. */
import type { Account } from '#domain/account.ts';
import type { CallContext, Connector, Correlation } from '#connectors/connector.ts';
import { fitting, oneOf, slices } from './soql.ts';

/** Two hundred 18-character ids and the field list stay below the longest URL Salesforce takes. */
const SLICE = 200;
/** Salesforce takes URLs of 16,384 bytes; the field list and the rest of the query need some of them. */
const LONGEST_VALUES = 12_000;

export interface Searched {
  object: string;
  /** The long form of an id of this object; undefined for what can be none. */
  idOf: (id: string) => string | undefined;
  /** `whose` says which accounts a field may point to: `Id` of the object itself, `UserId` and the like elsewhere. */
  fetch: (whose: (field: string) => string, action: string, context: CallContext | undefined) => Promise<Account[]>;
}

/** As many fetches as it takes for no URL to grow too long: mostly one. */
export function createSearch({ object, idOf, fetch }: Searched): Pick<Connector, 'find' | 'read'> {
  return {
    async find(correlations, context) {
      const found = new Map<string, Account>();
      for (const where of conditions(correlations)) {
        const whose = (field: string) =>
          field === 'Id' ? where : `${field} IN (SELECT Id FROM ${object} WHERE ${where})`;
        for (const account of await fetch(whose, 'find accounts', context)) found.set(account.nativeId, account);
      }
      return [...found.values()];
    },

    async read(nativeIds, context) {
      const found = new Map<string, Account>();
      const fullIds = nativeIds.map(idOf);
      const known = [...new Set(fullIds.filter((id) => id !== undefined))];
      for (const ids of slices(known, SLICE)) {
        for (const account of await fetch((field) => oneOf(field, ids), 'read accounts', context))
          found.set(account.nativeId, account);
      }
      return fullIds.map((id) => (id === undefined ? undefined : found.get(id)));
    },
  };
}

/** Conditions that together cover the correlations: one when the values are few, several when the URL would grow long. */
function conditions(correlations: Correlation[]): string[] {
  const wanted = correlations.flatMap(({ attribute, values }) =>
    // An empty value would not find nobody: to SOQL it equals every empty field.
    [...new Set(values)].filter((value) => value.trim() !== '').map((value) => ({ attribute, value })),
  );
  return fitting(wanted, ({ value }) => value, LONGEST_VALUES).map((part) => {
    const valuesOf = (attribute: string) => part.filter((one) => one.attribute === attribute).map(({ value }) => value);
    const attributes = [...new Set(part.map(({ attribute }) => attribute))];
    return attributes.map((attribute) => oneOf(attribute, valuesOf(attribute))).join(' OR ');
  });
}
