/** A file of people as it comes in: CSV or JSON lines, in whatever encoding, packed or not, as rows with their lines. */
import type { FileFormat } from '#domain/import.ts';
import { shortened, storageFault } from '#domain/text.ts';
import { unguarded } from './csv-cells.ts';
import { delimiterOf, linesOf, MOST_CHARACTERS, type Line } from './csv-lines.ts';
import { emptyFile, readRows, type CsvInput } from './csv-parsing.ts';
import { CsvHeaderError } from './csv-rows.ts';
import { FileFault, textOf, type TextOptions } from './import-text.ts';

export interface FileOptions extends TextOptions {
  /** `,`, `;`, `|`, a tab or the word tab; absent: as the header has it. */
  separator?: string | undefined;
}

/** The object of a JSON line. */
type JsonCells = Record<string, unknown>;

export interface FileRow {
  line: number;
  /** As they stand there: a list by the titles, or the object of a JSON line. */
  cells: string[] | JsonCells;
  /** Why the row can not be used. */
  problem?: string | undefined;
}

export interface PeopleFile {
  format: FileFormat;
  /** The titles in their order; of JSON lines the keys of the rows that have been read so far. */
  titles: string[];
  rows: AsyncGenerator<FileRow>;
  /** To be called in the end, however much was read. */
  close(): Promise<void>;
}

const SEPARATORS = new Map([',', ';', '|', '\t'].map((one) => [one, one])).set('tab', '\t');

/** A line that can not be told apart is kept under this key. */
const UNREADABLE = 'unreadable';
const MOST_NESTED = 20;
const MOST_TITLES = 1_000;

/** Opens a file and reads its titles. Throws CsvHeaderError or FileFault, then (and the file is closed) or while rows are read. */
export async function openPeopleFile(
  input: CsvInput,
  { separator, ...options }: FileOptions = {},
): Promise<PeopleFile> {
  const lines = linesOf(textOf(input, options));
  const { value: first } = await lines.next();
  if (!first) throw emptyFile();
  try {
    const { rows, ...file } = await understand(first, lines, separator);
    const close = async () => {
      await rows.return(undefined);
      await lines.return(undefined);
    };
    return { ...file, rows, close };
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
}

async function understand(
  first: Line,
  lines: AsyncGenerator<Line>,
  separator: string | undefined,
): Promise<Omit<PeopleFile, 'close'>> {
  const start = first.text.trimStart();
  if (start.startsWith('{')) {
    const titles: string[] = [];
    return { format: 'json-lines', titles, rows: jsonRows(first, lines, titles) };
  }
  if (/^\[\s*(\{|$)/.test(start))
    throw new CsvHeaderError(['is the beginning of a JSON array: write one object on each line, as jq -c .[] does']);
  const delimiter = separator === undefined ? delimiterOf(first.text) : SEPARATORS.get(separator);
  if (delimiter === undefined)
    throw new FileFault(`separator: ${JSON.stringify(separator)} is none: it is , or ; or | or tab`);
  const rows = csvRows(first, lines, delimiter);
  const { value: header } = await rows.next();
  return { format: 'csv', titles: header?.cells ?? [], rows };
}

async function* csvRows(
  first: Line,
  lines: AsyncGenerator<Line>,
  delimiter: string,
): AsyncGenerator<FileRow & { cells: string[] }> {
  for await (const { line, cells, problem } of readRows(first, lines, delimiter))
    yield { line, cells: cells.map(unguarded), problem };
}

async function* jsonRows(first: Line, lines: AsyncGenerator<Line>, titles: string[]): AsyncGenerator<FileRow> {
  const known = new Set<string>();
  const row = (line: Line): FileRow => {
    const read = readJson(line);
    for (const key of read.problem === undefined ? Object.keys(read.cells) : []) {
      if (known.has(key) || known.size >= MOST_TITLES) continue;
      known.add(key);
      titles.push(key);
    }
    return read;
  };
  yield row(first);
  for await (const line of lines) if (line.text.trim() !== '') yield row(line);
}

function readJson({ line, text }: Line): FileRow {
  const unreadable = (problem: string) => ({ line, cells: { [UNREADABLE]: text }, problem });
  if (text.length > MOST_CHARACTERS) return unreadable('is too long to be read');
  let cells: unknown;
  try {
    cells = JSON.parse(text);
  } catch {
    return unreadable('is not valid JSON: write one object on each line');
  }
  if (!isObject(cells)) return unreadable('is not a JSON object: write one object on each line');
  if (!isShallow(cells, MOST_NESTED)) return unreadable('is nested too deeply');
  const problems = Object.entries(cells).flatMap(([key, value]) => {
    const badKey = storageFault(key);
    if (badKey !== undefined) return [`a key ${badKey}`];
    const problem = valueProblem(value);
    return problem === undefined ? [] : [`${shortened(key)}: ${problem}`];
  });
  if (problems.length === 0) return { line, cells };
  const problem = problems.join('; ');
  return isStorable(cells) ? { line, cells, problem } : unreadable(problem);
}

function valueProblem(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'is a list: a field has one value';
  if (isObject(value)) return 'is an object: write its fields one by one beside employeeNumber, such as givenName';
  if (typeof value === 'string') return storageFault(value);
  // Of a longer number JSON keeps the beginning.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return 'is a number too large to be exact: write it in quotes';
  return undefined;
}

function isObject(value: unknown): value is JsonCells {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** Whether no text anywhere in it is one that the directory does not take. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return storageFault(value) === undefined;
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => storageFault(key) === undefined && isStorable(inner));
}
