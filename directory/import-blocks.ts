/** Blocks of an import: the accounts that an application's bulk interface is asked to make, by which job, and what came of it. */
import type { Failure } from '#domain/failure.ts';
import type { Operation } from '#domain/plan.ts';
import type { Queries, Sql } from './database.ts';

/** Which block of an import's present run. */
export interface BlockId {
  import: number;
  application: string;
  after: number;
}

export interface ImportBlock {
  /** What the application calls its job; null until there is one. */
  job: string | null;
  /** ISO instant at which what became of every row was on record; null before. */
  endedAt: string | null;
}

/** One account that is to be made. */
export interface Creation {
  line: number;
  employeeNumber: string;
  operation: Operation;
}

/** What became of one. */
export interface MadeCreation {
  line: number;
  nativeId?: string;
  failure?: Failure;
}

const ofRun = (sql: Queries, { import: id, application, after }: BlockId) => sql`
  import = ${id} and run = (select run from import where id = ${id}) and application = ${application} and after = ${after}`;

/** How many people of an import's rows that have something to do begin to work here. */
export async function countNewcomers(sql: Queries, id: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from import_row
    where import = ${id} and position is not null and verdict in ('new', 'back')`;
  return row?.count ?? 0;
}

/** The block, or undefined before it was planned. */
export async function findBlock(sql: Queries, block: BlockId): Promise<ImportBlock | undefined> {
  const [row] = await sql<ImportBlock[]>`
    select job, ended_at as "endedAt" from import_block where ${ofRun(sql, block)}`;
  return row;
}

/** Keeps what a block is going to ask for. A block that is known stays as it is: safe to repeat. */
export async function planBlock(sql: Sql, block: BlockId, creations: Creation[]): Promise<void> {
  const rows = creations.map(({ line, employeeNumber, operation }) => ({
    line,
    employee_number: employeeNumber,
    operation,
  }));
  await sql`
    with planned as (
      insert into import_block (import, run, application, after)
      select id, run, ${block.application}, ${block.after} from import where id = ${block.import}
      on conflict do nothing returning import, run, application, after)
    insert into import_creation (import, run, application, after, line, employee_number, operation)
    select planned.*, line, employee_number, operation
    from planned, jsonb_to_recordset(${sql.json(rows as never)}) as given (line bigint, employee_number text, operation jsonb)`;
}

/** What a block asks for, in the order of its lines. */
export async function creationsOf(sql: Queries, block: BlockId): Promise<Creation[]> {
  return sql<Creation[]>`
    select line, employee_number as "employeeNumber", operation from import_creation
    where ${ofRun(sql, block)} order by line`;
}

/** Notes the job of a block in place of the one known so far; answers false when another is known by now. */
export async function noteJob(
  sql: Queries,
  block: BlockId,
  { known, job }: { known: string | null; job: string },
): Promise<boolean> {
  const noted = await sql`
    update import_block set job = ${job} where ${ofRun(sql, block)} and job is not distinct from ${known} returning 1`;
  return noted.length > 0;
}

/** Notes what became of every row of a block: it has ended. Safe to repeat. */
export async function endBlock(sql: Sql, block: BlockId, made: MadeCreation[]): Promise<void> {
  const rows = made.map(({ line, nativeId, failure }) => ({
    line,
    native_id: nativeId ?? null,
    failure: failure ?? null,
  }));
  await sql.begin(async (tx) => {
    await tx`
      update import_creation set native_id = made.native_id, failure = made.failure
      from jsonb_to_recordset(${tx.json(rows as never)}) as made (line bigint, native_id text, failure jsonb)
      where import_creation.line = made.line and ${ofRun(tx, block)}`;
    await tx`update import_block set ended_at = now() where ${ofRun(tx, block)}`;
  });
}

/** How many accounts a block made, and how many it was refused. */
export async function countCreations(sql: Queries, block: BlockId): Promise<{ created: number; failed: number }> {
  const [row] = await sql<{ created: number; failed: number }[]>`
    select count(native_id)::int as created, count(failure)::int as failed from import_creation
    where ${ofRun(sql, block)}`;
  return row ?? { created: 0, failed: 0 };
}

/** What the blocks of an import's present run made, or were refused, of these rows in one application: by line. */
export async function creationsIn(
  sql: Queries,
  id: number,
  application: string,
  lines: number[],
): Promise<Map<number, MadeCreation & { operation: Operation }>> {
  const rows = await sql<{ line: number; operation: Operation; nativeId: string | null; failure: Failure | null }[]>`
    select line, operation, native_id as "nativeId", failure from import_creation
    where import = ${id} and run = (select run from import where id = ${id}) and application = ${application}
      and line = any(${lines}) and (native_id is not null or failure is not null)`;
  return new Map(
    rows.map(({ line, operation, nativeId, failure }) => [
      line,
      { line, operation, ...(nativeId === null ? {} : { nativeId }), ...(failure === null ? {} : { failure }) },
    ]),
  );
}

/** An account that a block made, of a row that has not ended. */
export interface UntoldCreation {
  line: number;
  employeeNumber: string;
  eventId: string;
  operation: Operation;
  nativeId: string;
}

/** What the blocks of an import's present run made of these rows in one application, where the rows have not ended there. */
export async function untoldCreations(
  sql: Queries,
  { import: id, application, after, upTo }: BlockId & { upTo: number },
): Promise<UntoldCreation[]> {
  return sql<UntoldCreation[]>`
    select line, import_row.employee_number as "employeeNumber", event_id as "eventId", operation, creation.native_id as "nativeId"
    from import_creation creation join import_row using (import, line)
    where import = ${id} and run = (select run from import where id = ${id}) and application = ${application}
      and creation.native_id is not null and event_id is not null and position > ${after} and position <= ${upTo}
      and not exists (
        select 1 from import_result result
        where result.import = ${id} and result.line = import_row.line and result.application = ${application})
    order by position`;
}
