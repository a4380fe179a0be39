// The org's rows in memory: tables with indexes, transactions with an undo list, and an optional journal behind them.
// A deleted row stays in its table, marked IsDeleted and out of every index: Salesforce answers for it differently
// than for a row that never was.

import { makeId, numberOf } from './ids.ts';
import { type Draft, type FieldValue, Journal, type Operation, type Row, readJournal } from './journal.ts';
import { Table } from './table.ts';

export interface TableShape {
  object: string;
  indexed: string[];
}

/** Opens a store, with what the file holds when a file is given. */
export async function openStore(shapes: TableShape[], file?: string): Promise<Store> {
  const store = new Store(shapes, file === undefined ? undefined : new Journal(file));
  if (file !== undefined) for await (const operations of readJournal(file)) store.replay(operations);
  store.compact();
  return store;
}

export class Store {
  readonly #tables: Map<string, Table>;
  readonly #settings = new Map<string, unknown>();
  readonly #journal: Journal | undefined;
  #counter = 0;
  #undo: (() => void)[] = [];
  #operations: Operation[] = [];
  #open = false;

  constructor(shapes: TableShape[], journal?: Journal) {
    this.#tables = new Map(shapes.map((shape) => [shape.object, new Table(shape.indexed)]));
    this.#journal = journal;
  }

  /** Runs the work as one transaction: it is kept and written to the journal, or, when it throws, not at all. */
  transaction<T>(work: () => T): T {
    if (this.#open) throw new Error('a transaction is already open');
    this.#open = true;
    try {
      // A transaction that cannot be written down has not happened either.
      return this.attempt(() => {
        const result = work();
        if (this.#operations.length > 0) this.#journal?.append(this.#operations);
        return result;
      });
    } finally {
      this.#undo = [];
      this.#operations = [];
      this.#open = false;
    }
  }

  /** Runs a part of a transaction; when it throws, that part alone is taken back. */
  attempt<T>(work: () => T): T {
    const undo = this.#undo.length;
    const operations = this.#operations.length;
    try {
      return work();
    } catch (error) {
      for (const step of this.#undo.splice(undo).reverse()) step();
      this.#operations.length = operations;
      throw error;
    }
  }

  nextId(prefix: string): string {
    this.#counter += 1;
    return makeId(prefix, this.#counter);
  }

  /** The row with this id, also when it is deleted. */
  get(object: string, id: string): Row | undefined {
    return this.#table(object).get(id);
  }

  live(object: string, id: string): Row | undefined {
    const row = this.get(object, id);
    return row?.IsDeleted === true ? undefined : row;
  }

  rows(object: string): IterableIterator<Row> {
    return this.#table(object).all();
  }

  addIndex(object: string, field: string): void {
    this.#table(object).addIndex(field);
  }

  isIndexed(object: string, field: string): boolean {
    return this.#table(object).isIndexed(field);
  }

  /** The rows whose indexed field has this value (texts compare without case); deleted rows are not in any index. */
  find(object: string, field: string, value: FieldValue): Row[] {
    return this.#table(object).find(field, value);
  }

  insert(object: string, row: Row): void {
    const table = this.#table(object);
    table.put(row);
    this.#note(['insert', object, row], () => table.drop(row));
  }

  update(object: string, id: string, changes: Draft): void {
    const table = this.#table(object);
    const row = table.get(id);
    if (row === undefined) throw new Error(`no ${object} ${id}`);
    const before: Draft = {};
    for (const field of Object.keys(changes)) before[field] = row[field] ?? null;
    table.change(row, changes);
    this.#note(['update', object, id, changes], () => table.change(row, before));
  }

  setting(key: string): unknown {
    return this.#settings.get(key);
  }

  set(key: string, value: unknown): void {
    const before = this.#settings.get(key);
    this.#settings.set(key, value);
    this.#note(['setting', key, value], () => this.#settings.set(key, before));
  }

  replay(operations: Operation[]): void {
    for (const operation of operations) {
      if (operation[0] === 'insert') {
        this.#table(operation[1]).put(operation[2]);
        this.#counter = Math.max(this.#counter, numberOf(operation[2].Id));
      } else if (operation[0] === 'update') {
        const table = this.#table(operation[1]);
        const row = table.get(operation[2]);
        if (row !== undefined) table.change(row, operation[3]);
      } else if (operation[0] === 'setting') this.#settings.set(operation[1], operation[2]);
      else this.#counter = Math.max(this.#counter, operation[1]);
    }
  }

  /** Writes the present state as the journal's whole content. */
  compact(): void {
    this.#journal?.rewrite(this.#snapshot());
  }

  clear(): void {
    for (const table of this.#tables.values()) table.clear();
    this.#settings.clear();
  }

  close(): void {
    this.#journal?.close();
  }

  #note(operation: Operation, undo: () => void): void {
    if (!this.#open) throw new Error(`${operation[0]} outside of a transaction`);
    this.#operations.push(operation);
    this.#undo.push(undo);
  }

  #table(object: string): Table {
    const table = this.#tables.get(object);
    if (table === undefined) throw new Error(`no table ${object}`);
    return table;
  }

  *#snapshot(): Generator<Operation> {
    yield ['counter', this.#counter];
    for (const [key, value] of this.#settings) yield ['setting', key, value];
    for (const [object, table] of this.#tables) for (const row of table.all()) yield ['insert', object, row];
  }
}
