// The order of rows and of groups of rows.

import type { FieldValue } from './journal.ts';
import type { Field } from './schema.ts';
import type { Order } from './soql-tree.ts';

export interface ReadOrder<Item> extends Pick<Order, 'descending' | 'nullsLast'> {
  field: Field;
  read: (item: Item) => FieldValue;
}

/** What a value is ordered by: texts without case, ids as they are. */
export function sortKey(field: Field, value: FieldValue): FieldValue {
  return typeof value === 'string' && field.type !== 'id' && field.type !== 'reference' ? value.toLowerCase() : value;
}

/** Sorts items by what each order reads of them, the first order first; items that are equal stay as they were. */
export function sorted<Item>(items: Item[], orders: ReadOrder<Item>[]): Item[] {
  const keyed = items.map((item) => ({ item, keys: orders.map(({ field, read }) => sortKey(field, read(item))) }));
  keyed.sort((a, b) => {
    for (const [i, order] of orders.entries()) {
      const difference = compareKeys(a.keys[i] ?? null, b.keys[i] ?? null, order);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}

function compareKeys(a: FieldValue, b: FieldValue, order: Pick<Order, 'nullsLast' | 'descending'>): number {
  if (a === b) return 0;
  if (a === null || b === null) return (a === null) === order.nullsLast ? 1 : -1;
  return a < b === order.descending ? 1 : -1;
}
