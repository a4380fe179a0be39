/** What the cells of a staged row say, whether they came as a line of CSV or as an object. */
import type { FileFormat } from '#domain/import.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { CsvHeaderError, readHeader, type Header, type HeaderOptions } from './csv-rows.ts';
import type { FileRow } from './import-files.ts';

/** A line with the header it is to be read by. */
interface ReadLine {
  employeeNumber: string;
  cells: string[];
  header: Header;
}

/** Reads the cells of one row; or why they can not be read. */
export type LineReader = (cells: FileRow['cells']) => ReadLine | { reason: string };

const HEADERS_KEPT = 200;

/**
 * Understands the titles of a file; throws CsvHeaderError where they can not be used. The lines of a JSON file each have
 * their own: what a line does not have, it says nothing of.
 */
export function lineReader(
  { format, titles }: { format: FileFormat; titles: string[] },
  fields: readonly ProfileField[],
  options: HeaderOptions,
): LineReader {
  if (format === 'csv') {
    const header = headerOfPeople(titles, fields, options);
    return (cells) => (Array.isArray(cells) ? readLine(cells, header) : { reason: 'is no list of cells' });
  }
  const headers = new Map<string, Header | { reason: string }>();
  return (cells) => {
    const keys = Object.keys(cells);
    const shape = JSON.stringify(keys);
    const header = headers.get(shape) ?? headerOrReason(keys, fields, options);
    if (headers.size >= HEADERS_KEPT) headers.clear();
    headers.set(shape, header);
    return 'reason' in header ? header : readLine(Object.values(cells).map(textOf), header);
  };
}

function readLine(cells: string[], header: Header): ReadLine {
  return { employeeNumber: cells[header.columns.get('employeeNumber') ?? -1] ?? '', cells, header };
}

function headerOfPeople(titles: string[], fields: readonly ProfileField[], options: HeaderOptions): Header {
  const header = readHeader(titles, fields, options);
  if (header.kind === 'events')
    throw new CsvHeaderError(['is that of a file of events, not of people: joinery hr apply takes it']);
  return header;
}

function headerOrReason(
  keys: string[],
  fields: readonly ProfileField[],
  options: HeaderOptions,
): Header | { reason: string } {
  try {
    return headerOfPeople(keys, fields, options);
  } catch (error) {
    if (error instanceof CsvHeaderError) return { reason: error.faults.join('; ') };
    throw error;
  }
}

/** Objects were refused when the file was read. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return value === null ? '' : JSON.stringify(value);
}
