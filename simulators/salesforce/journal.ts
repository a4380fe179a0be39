// The file behind the store: one line per committed transaction, each a JSON array of operations. A line is handed to
// the operating system before the call is answered, so what was answered survives a kill -9. Opening a journal rewrites
// it compactly (write aside, then rename), which also drops a line that was cut off in the middle.

import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export type FieldValue = string | number | boolean | null;
export type Draft = Record<string, FieldValue>;
export type Row = Draft & { Id: string };

export type Operation =
  | ['insert', object: string, row: Row]
  | ['update', object: string, id: string, changes: Draft]
  | ['setting', key: string, value: unknown]
  | ['counter', n: number];

const OPERATIONS_PER_LINE = 500;

/** All complete lines of a journal file, in the order they were committed; nothing when there is no file. */
export async function* readJournal(file: string): AsyncGenerator<Operation[]> {
  if (!existsSync(file)) return;
  let waiting: string | undefined;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (waiting !== undefined) yield JSON.parse(waiting) as Operation[];
    waiting = line;
  }
  if (waiting === undefined) return;
  const last = parseOrUndefined(waiting);
  if (last !== undefined) yield last;
}

export class Journal {
  readonly #file: string;
  #descriptor: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Replaces the file's content by these operations, atomically. */
  rewrite(operations: Iterable<Operation>): void {
    this.close();
    mkdirSync(dirname(this.#file), { recursive: true });
    const aside = `${this.#file}.new`;
    const descriptor = openSync(aside, 'w');
    let line: Operation[] = [];
    for (const operation of operations) {
      line.push(operation);
      if (line.length < OPERATIONS_PER_LINE) continue;
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      line = [];
    }
    writeSync(descriptor, `${JSON.stringify(line)}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(aside, this.#file);
    this.#descriptor = openSync(this.#file, 'a');
  }

  /** Adds one transaction; when it returns, the transaction outlives this process. */
  append(operations: Operation[]): void {
    if (this.#descriptor === undefined) throw new Error(`the journal ${this.#file} is closed`);
    const bytes = Buffer.from(`${JSON.stringify(operations)}\n`);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done);
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function parseOrUndefined(line: string): Operation[] | undefined {
  try {
    return JSON.parse(line) as Operation[];
  } catch {
    return undefined;
  }
}
