/** Staging a file of people: its rows are copied in as they stand, and then each is told what it means. Changes nothing else. */
import { EMPLOYEE_NUMBER } from '#domain/hr-event-input.ts';
import { plainTitle } from '#domain/column-title.ts';
import type { ImportOptions } from '#domain/import.ts';
import type { ProfileField } from '#domain/profile-field.ts';
import { shortened } from '#domain/text.ts';
import type { Sql } from '#directory/database.ts';
import {
  addMissing,
  copyRows,
  describeFile,
  judgeRows,
  missingPeople,
  refuseRepeated,
  refuseShared,
  setLevels,
  unjudgedRows,
  type CopiedRow,
  type JudgedRow,
} from '#directory/import-staging.ts';
import type { ImportRecord } from '#directory/imports.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { CsvInput } from './csv-parsing.ts';
import { CsvHeaderError } from './csv-rows.ts';
import { openPeopleFile, type FileRow, type PeopleFile } from './import-files.ts';
import { lineReader, type LineReader } from './import-lines.ts';
import { stageImport } from './import-session.ts';
import { judge, judgeMissing } from './import-verdicts.ts';

export interface StageOptions {
  directory: Sql;
  defaultTimeZone: string;
  /** `file people.csv`, or who sent it. */
  source: string;
  /** The day on which a change without a date happens, and on which who is missing leaves. */
  today: string;
  by: string;
  options: ImportOptions;
  onProgress?: ((done: StagingProgress) => void) | undefined;
}

/** Rows that were read, and of them those that are judged. */
export interface StagingProgress {
  read: number;
  judged: number;
}

const ROWS_A_PAGE = 1_000;
const MOST_LEVELS = 50;
/** Of people who are missing in a file by which nobody leaves: a small file has a row for no more of a large directory. */
const MISSING_LISTED = 1_000;
const EVERYBODY = 1_000_000_000;
const LONGEST_REASON = 2_000;

/**
 * Stages a file of people. Answers the import: staged, or failed with the reason when the file can not be read, and then
 * nothing of it is kept. Of the file one page is held in memory.
 */
export function stagePeople(input: CsvInput, asked: StageOptions): Promise<ImportRecord> {
  const { directory, source, by, options } = asked;
  return stageImport(directory, { kind: 'people', source, options, createdBy: by }, async (id) => {
    const fields = await listProfileFields(directory);
    const progress: StagingProgress = { read: 0, judged: 0 };
    const lines = await copyFile(input, id, fields, asked, progress);
    await refuseRepeated(directory, id);
    await judgeAll(id, lines, asked, progress);
    for (const { name } of fields.filter(({ unique }) => unique)) await refuseShared(directory, id, name);
    await setLevels(directory, id, MOST_LEVELS);
    const gone = await addMissing(directory, id, options.authoritative ? EVERYBODY : MISSING_LISTED);
    if (options.authoritative) await removeMissing(id, asked);
    return gone > 0 ? { gone } : {};
  });
}

async function copyFile(
  input: CsvInput,
  id: number,
  fields: ProfileField[],
  { directory, options, onProgress }: StageOptions,
  progress: StagingProgress,
): Promise<LineReader> {
  const { encoding, separator, map } = options;
  const file = await openPeopleFile(input, { encoding, separator });
  try {
    if (file.format === 'csv') refuseUnusedMapping(map ?? {}, file.titles);
    const lines = lineReader(file, fields, options);
    await copyRows(directory, id, counted(rowsToCopy(file, lines), progress, onProgress));
    await describeFile(directory, id, { format: file.format, header: file.titles });
    return lines;
  } finally {
    await file.close();
  }
}

/** Of JSON lines each may have other keys. */
function refuseUnusedMapping(map: Record<string, string>, titles: string[]): void {
  const there = new Set(titles.map(plainTitle));
  const unused = Object.keys(map).filter((title) => !there.has(plainTitle(title)));
  if (unused.length > 0)
    throw new CsvHeaderError([`has no column ${unused.map((title) => `"${title}"`).join(', ')}, which is mapped`]);
}

async function* rowsToCopy({ rows }: PeopleFile, lines: LineReader): AsyncGenerator<CopiedRow> {
  for await (const row of rows) yield { ...copied(row, lines), line: row.line, cells: row.cells };
}

function copied(row: FileRow, lines: LineReader): Pick<CopiedRow, 'employeeNumber' | 'reason'> {
  const read = row.problem === undefined ? lines(row.cells) : { reason: row.problem };
  if ('reason' in read) return { employeeNumber: null, reason: shortened(read.reason, LONGEST_REASON) };
  return { employeeNumber: EMPLOYEE_NUMBER.test(read.employeeNumber) ? read.employeeNumber : null, reason: null };
}

async function* counted(
  rows: AsyncIterable<CopiedRow>,
  progress: StagingProgress,
  onProgress: StageOptions['onProgress'],
): AsyncGenerator<CopiedRow> {
  for await (const row of rows) {
    progress.read += 1;
    if (progress.read % ROWS_A_PAGE === 0) onProgress?.({ ...progress });
    yield row;
  }
  onProgress?.({ ...progress });
}

async function judgeAll(id: number, lines: LineReader, asked: StageOptions, progress: StagingProgress): Promise<void> {
  const { directory, onProgress } = asked;
  const pageAfter = async (line: number) => judge(await unjudgedRows(directory, id, line, ROWS_A_PAGE), lines, asked);
  await inPages(asked, id, pageAfter, (rows) => {
    progress.judged += rows;
    onProgress?.({ ...progress });
  });
}

async function removeMissing(id: number, asked: StageOptions): Promise<void> {
  const { directory } = asked;
  const pageAfter = async (line: number) => judgeMissing(await missingPeople(directory, id, line, ROWS_A_PAGE), asked);
  await inPages(asked, id, pageAfter, () => undefined);
}

/** Writes page after page, each from the last line of the one before; while one is written the next is judged. */
async function inPages(
  { directory }: StageOptions,
  id: number,
  pageAfter: (line: number) => Promise<JudgedRow[]>,
  onPage: (rows: number) => void,
): Promise<void> {
  for (let page = await pageAfter(0); ;) {
    const last = page.at(-1);
    if (!last) return;
    const [next] = await Promise.all([pageAfter(last.line), judgeRows(directory, id, page)]);
    onPage(page.length);
    page = next;
  }
}
