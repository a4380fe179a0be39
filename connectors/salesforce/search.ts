/** Accounts looked for by several callers in one query, where it can be told which of those found each of them asked for. */
import type { Account } from '#domain/account.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import type { CallContext, Connector, Correlation } from '#connectors/connector.ts';
import { createSharedCall, everyResult, failureOfAll, type SharedCall } from './coalesce.ts';
import type { Org, Session } from './session.ts';
import { fitting, literal, oneOf } from './soql.ts';
import type { Call } from './transport.ts';

/** Two hundred 18-character ids and the field list stay below the longest URL Salesforce takes. */
const MOST_IDS = 200;
/** Salesforce takes URLs of 16,384 bytes; the field list and the rest of the query need some of them. */
const LONGEST_VALUES = 12_000;

export interface Searched {
  /** Those that every fetched account shows among its attributes. */
  fields: readonly string[];
  /** The long form of an id; undefined for what can be no account's. */
  idOf: (id: string) => string | undefined;
  /** The accounts that a condition holds for: one API call. */
  fetch: (where: string, org: Org, call: Call) => Promise<Account[]>;
}

interface Wanted {
  attribute: string;
  value: string;
}

/** `find` and `read` of the connector. */
export function createSearch(session: Session, { fields, idOf, fetch }: Searched): Pick<Connector, 'find' | 'read'> {
  const search: SharedCall<Wanted, Account[] | undefined> = createSharedCall(session, {
    room: LONGEST_VALUES,
    sizeOf: ({ value }) => encodeURIComponent(`${literal(value)}, `).length,
    send: async (wanted, org, call) => whoseIsWhose(wanted, await fetch(anyOf(wanted), org, call)),
  });

  const byId: SharedCall<string, Account | undefined> = createSharedCall(session, {
    room: MOST_IDS,
    sizeOf: () => 1,
    async send(ids, org, call) {
      const accounts = await fetch(oneOf('Id', [...new Set(ids)]), org, call);
      const found = new Map(accounts.map((account) => [account.nativeId, account]));
      return ids.map((id) => found.get(id));
    },
  });

  const findAlone = async (wanted: Wanted[], context: CallContext | undefined): Promise<Account[]> => {
    const found: Account[] = [];
    for (const part of fitting(wanted, ({ value }) => value, LONGEST_VALUES))
      found.push(...(await session.call(FIND, context, (org, call) => fetch(anyOf(part), org, call))));
    return found;
  };

  const findTogether = async (wanted: Wanted[], context: CallContext | undefined): Promise<Account[] | undefined> => {
    const ridden = await search.ride(wanted, FIND, context);
    const failure = failureOfAll(ridden);
    // It may be another's question that was refused.
    if (failure && !mendsByWaiting(failure.kind)) return undefined;
    const results = everyResult(ridden);
    return results.every((found) => found !== undefined) ? results.flat() : undefined;
  };

  return {
    async find(correlations, context) {
      const wanted = valuesIn(correlations);
      const together = wanted.every((one) => isComparable(one, fields))
        ? await findTogether(wanted, context)
        : undefined;
      const found = together ?? (await findAlone(wanted, context));
      return [...new Map(found.map((account) => [account.nativeId, account])).values()];
    },

    async read(nativeIds, context) {
      const ids = nativeIds.map(idOf);
      const known = [...new Set(ids.filter((id) => id !== undefined))];
      const accounts = everyResult(await byId.ride(known, { action: 'read accounts' }, context));
      const found = new Map(known.map((id, index) => [id, accounts[index]]));
      return ids.map((id) => (id === undefined ? undefined : found.get(id)));
    },
  };
}

const FIND = { action: 'find accounts' };

/** An empty value would not find nobody: to SOQL it equals every empty field. */
function valuesIn(correlations: Correlation[]): Wanted[] {
  return correlations.flatMap(({ attribute, values }) =>
    [...new Set(values)].filter((value) => value.trim() !== '').map((value) => ({ attribute, value })),
  );
}

function anyOf(wanted: Wanted[]): string {
  const attributes = [...new Set(wanted.map(({ attribute }) => attribute))];
  const valuesOf = (attribute: string) => wanted.filter((one) => one.attribute === attribute).map(({ value }) => value);
  return attributes.map((attribute) => oneOf(attribute, [...new Set(valuesOf(attribute))])).join(' OR ');
}

/** Whether we compare such values as Salesforce does for certain: plain text in a field that we see. */
function isComparable({ attribute, value }: Wanted, fields: readonly string[]): boolean {
  return fields.includes(attribute) && !attribute.endsWith('Id') && /^[!-~](?:[ -~]*[!-~])?$/.test(value);
}

/**
 * The accounts that each asked for; undefined where that can not be told: everywhere when an account is nobody's, and for
 * values that only case tells apart, since some fields heed it.
 */
function whoseIsWhose(wanted: Wanted[], accounts: Account[]): (Account[] | undefined)[] {
  const keyOf = (attribute: string, value: unknown) => `${attribute} ${String(value).toLowerCase()}`;
  const asked = new Map<string, { value: string; plain: boolean; found: Account[] }>();
  for (const { attribute, value } of wanted) {
    const key = keyOf(attribute, value);
    const known = asked.get(key);
    asked.set(key, { value, plain: known === undefined || (known.plain && known.value === value), found: [] });
  }
  const attributes = [...new Set(wanted.map(({ attribute }) => attribute))];
  for (const account of accounts) {
    const askers = attributes.flatMap((attribute) => asked.get(keyOf(attribute, account.attributes[attribute])) ?? []);
    if (askers.length === 0) return wanted.map(() => undefined);
    for (const { found } of askers) found.push(account);
  }
  return wanted.map(({ attribute, value }) => {
    const answer = asked.get(keyOf(attribute, value));
    return answer?.plain ? answer.found : undefined;
  });
}
