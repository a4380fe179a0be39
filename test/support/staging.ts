/** Files of people, staged in a test's directory. */
import { Readable } from 'node:stream';
import { stagePeople, type StagingProgress } from '#client/import-staging.ts';
import type { ImportOptions } from '#domain/import.ts';
import type { Sql } from '#directory/database.ts';
import { importRows, type ImportRecord, type ImportRow } from '#directory/imports.ts';

export const TODAY = '2026-11-24';

const HEAD = 'employeeNumber,startDate,endDate,familyName,email,title,managerEmployeeNumber';

/** A file of people with the columns employeeNumber, startDate, endDate, familyName, email, title, managerEmployeeNumber. */
export function file(...lines: string[]): string {
  return [HEAD, ...lines].join('\n');
}

/** A line about somebody new; `more` is the title and the manager. */
export function line(number: string, more = ','): string {
  return `${number},2026-12-01,,Lang,${number}@acme.example,${more}`;
}

/** What intake needs beside the events. */
export const intake = (directory: Sql) => ({ directory, defaultTimeZone: 'UTC', source: 'test' });

export function stageFile(
  directory: Sql,
  bytes: string | Buffer,
  options: ImportOptions = {},
  onProgress?: (done: StagingProgress) => void,
): Promise<ImportRecord> {
  return stagePeople(Readable.from([Buffer.from(bytes)]), {
    ...intake(directory),
    source: 'file people.csv',
    today: TODAY,
    by: 'cli:test',
    options,
    onProgress,
  });
}

/** The first thousand rows. */
export function rowsOfImport(directory: Sql, id: number): Promise<ImportRow[]> {
  return importRows(directory, id, { after: null, limit: 1_000 });
}
