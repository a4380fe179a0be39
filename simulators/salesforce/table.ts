// Rows of one object by id, and for each indexed field the ids by value. Most values belong to one row only, so a
// value holds a bare id until a second row shares it. Null and false are left out: nearly every row would share them.

import type { Draft, FieldValue, Row } from './journal.ts';

type Ids = Map<FieldValue, string | Set<string>>;

export class Table {
  readonly #rows = new Map<string, Row>();
  readonly #indexes: Map<string, Ids>;

  constructor(indexed: string[]) {
    this.#indexes = new Map(indexed.map((field) => [field, new Map()]));
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  all(): IterableIterator<Row> {
    return this.#rows.values();
  }

  addIndex(field: string): void {
    const ids: Ids = new Map();
    this.#indexes.set(field, ids);
    for (const row of this.#rows.values()) if (row.IsDeleted !== true) add(ids, row[field], row.Id);
  }

  isIndexed(field: string): boolean {
    return this.#indexes.has(field);
  }

  find(field: string, value: FieldValue): Row[] {
    const ids = this.#indexes.get(field)?.get(keyOf(value));
    if (ids === undefined) return [];
    const found = typeof ids === 'string' ? [ids] : [...ids];
    return found.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
  }

  put(row: Row): void {
    this.#rows.set(row.Id, row);
    if (row.IsDeleted !== true) for (const [field, ids] of this.#indexes) add(ids, row[field], row.Id);
  }

  drop(row: Row): void {
    for (const [field, ids] of this.#indexes) remove(ids, row[field], row.Id);
    this.#rows.delete(row.Id);
  }

  change(row: Row, changes: Draft): void {
    const touched =
      'IsDeleted' in changes ? [...this.#indexes] : [...this.#indexes].filter(([field]) => field in changes);
    for (const [field, ids] of touched) remove(ids, row[field], row.Id);
    Object.assign(row, changes);
    if (row.IsDeleted !== true) for (const [field, ids] of touched) add(ids, row[field], row.Id);
  }

  clear(): void {
    this.#rows.clear();
    for (const ids of this.#indexes.values()) ids.clear();
  }
}

function keyOf(value: FieldValue): FieldValue {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function add(index: Ids, value: FieldValue | undefined, id: string): void {
  if (value === undefined || value === null || value === false) return;
  const key = keyOf(value);
  const ids = index.get(key);
  if (ids === undefined) index.set(key, id);
  else if (typeof ids === 'string') index.set(key, new Set([ids, id]));
  else ids.add(id);
}

function remove(index: Ids, value: FieldValue | undefined, id: string): void {
  if (value === undefined || value === null || value === false) return;
  const key = keyOf(value);
  const ids = index.get(key);
  if (ids === id) index.delete(key);
  else if (ids instanceof Set && ids.delete(id) && ids.size === 0) index.delete(key);
}
