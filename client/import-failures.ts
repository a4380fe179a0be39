/** The rows of an import that failed, as the file had them and why, to be mended and imported again. */
import type { FileFormat } from '#domain/import.ts';
import { failedCells, type FailedCells } from '#directory/import-staging.ts';
import { findImport } from '#directory/imports.ts';
import type { Sql } from '#directory/database.ts';
import { csvLine, csvTitles } from './csv-cells.ts';
import { FAILURE_COLUMN, isFailureColumn } from './csv-rows.ts';

const ROWS_A_PAGE = 500;

/**
 * Every row that was refused or failed, in pieces: CSV with the file's own columns and `importFailure`, or JSON lines with
 * that key where the file was one. Nothing for an import that nobody knows. Of an import of accounts the columns are the
 * attributes.
 */
export async function* failedRows(directory: Sql, importId: number): AsyncGenerator<string> {
  const record = await findImport(directory, importId);
  if (!record) return;
  const { header, options } = record;
  const write = writer(options.format ?? 'csv', header);
  let text = options.format === 'json-lines' ? '' : csvTitles([...ownTitles(header), FAILURE_COLUMN]);
  for (let after = 0; ;) {
    const rows = await failedCells(directory, importId, after, ROWS_A_PAGE);
    for (const row of rows) text += write(row);
    if (text !== '') yield text;
    text = '';
    const last = rows.at(-1);
    if (!last) return;
    after = last.line;
  }
}

function writer(format: FileFormat, header: string[]): (row: FailedCells) => string {
  if (format === 'json-lines')
    return ({ cells, failure }) => `${JSON.stringify(Object.assign({}, cells, { [FAILURE_COLUMN]: failure }))}\n`;
  const titles = ownTitles(header);
  return ({ cells, failure }) => {
    if (!Array.isArray(cells)) return csvLine([...titles.map((title) => cellOf(cells[title])), failure]);
    if (cells.length === header.length)
      return csvLine([...cells.filter((_, index) => !isFailureColumn(header[index] ?? '')), failure]);
    // A row that is too short or too long stays so, or else it would be taken for what it is not when it is read again.
    const unlike = cells.length === titles.length ? [''] : [];
    return csvLine([...cells, ...unlike, failure]);
  };
}

function ownTitles(header: string[]): string[] {
  return header.filter((title) => !isFailureColumn(title));
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
