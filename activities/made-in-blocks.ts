/** What the pages of an import need to know of the accounts that blocks made before them. */
import type { Application } from '#domain/application.ts';
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import type { RowResult } from '#domain/import.ts';
import { displayName, type Person } from '#domain/person.ts';
import type { Operation } from '#domain/plan.ts';
import { doneEntry, failedEntry, type ReportEntry } from '#domain/report-entry.ts';
import { creationsIn } from '#directory/import-blocks.ts';
import type { Dependencies } from './dependencies.ts';
import type { ClaimedRow } from './import-claims.ts';
import type { ImportPageRequest } from './import-request.ts';
import { subjectOf, type Subject } from './request.ts';
import { changedTo } from './written.ts';

/** What became of a row in its block. */
export interface InBlock {
  /** Its account was made. */
  made?: { operation: Operation; nativeId: string };
  /** It was refused, and would be refused again. */
  refused?: { operation: Operation; failure: Failure };
}

/** What the blocks of an import's present run did of these rows, by line; what another try may mend is left out. */
export async function madeInBlocks(
  { directory }: Pick<Dependencies, 'directory'>,
  { import: id, application }: ImportPageRequest,
  rows: ClaimedRow[],
): Promise<Map<number, InBlock>> {
  const lines = rows.map(({ line }) => line);
  const creations = await creationsIn(directory, id, application, lines);
  return new Map(
    [...creations].map(([line, { operation, nativeId, failure }]): [number, InBlock] => {
      if (nativeId !== undefined) return [line, { made: { operation, nativeId } }];
      return [line, failure && isForGood(failure) ? { refused: { operation, failure } } : {}];
    }),
  );
}

/** A name that is taken may be taken by us, or give way to another. */
function isForGood({ kind }: Failure): boolean {
  return !mendsByWaiting(kind) && kind !== 'conflict';
}

type RowOfBlock = Pick<ClaimedRow, 'line' | 'employeeNumber' | 'eventId'> & InBlock & { person: Person };

/** What the report says of an account that a block made: what it would say, had the page made it. */
export function madeEntries({ made, ...row }: RowOfBlock, { name, usernameAttribute }: Application): ReportEntry[] {
  if (!made) return [];
  const account = { nativeId: made.nativeId, username: String(changedTo(made.operation, usernameAttribute) ?? '') };
  return [doneEntry(subjectOf({ event: subject(row), application: name }, account), made.operation)];
}

/** How a row ends that its block was refused for good. */
export function refusedRow(
  row: RowOfBlock,
  { operation, failure }: NonNullable<InBlock['refused']>,
  application: string,
): RowResult {
  const entries = [failedEntry(subjectOf({ event: subject(row), application }), operation, failure)];
  return { line: row.line, outcome: 'failed', failure, entries };
}

function subject({ eventId: id, employeeNumber, person }: RowOfBlock): Subject {
  return { id, employeeNumber, person: displayName(person) };
}
