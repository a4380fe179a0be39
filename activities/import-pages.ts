/** Pages of an import: what its rows say of their people is taken into the directory and carried out in an application, together. */
import { activityInfo } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportScope, RowResult } from '#domain/import.ts';
import { mendsByWaiting, type Failure } from '#domain/failure.ts';
import { displayName, type Person } from '#domain/person.ts';
import type { Operation } from '#domain/plan.ts';
import { failedEntry, skippedEntry, type ReportEntry } from '#domain/report-entry.ts';
import { shortened } from '#domain/text.ts';
import { listApplications } from '#directory/applications.ts';
import { disturbedEvents, handToLanes, storeHrEvents } from '#directory/hr-events.ts';
import {
  beginRows,
  countPage,
  endImport,
  endRows,
  failedOfPage,
  findImportToRun,
  findPageEntries,
  handRows,
  holdPage,
  keepPageEntries,
  storeResults,
  type ImportToRun,
} from '#directory/import-work.ts';
import { findPeople } from '#directory/people.ts';
import { quietMover } from '#directory/quiet-events.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { packEntries, unpackEntries } from '#directory/packed-entries.ts';
import { applyMany, isForMany, type AppliedRow, type PlannedRow, type Refusal } from './apply-many.ts';
import type { Dependencies } from './dependencies.ts';
import { importAccountsPage } from './import-accounts.ts';
import { blocksOf } from './import-blocks.ts';
import { claimPage, type ClaimedRow } from './import-claims.ts';
import type { ImportPageRequest, ImportPageResult } from './import-request.ts';
import { forgetWhatIsOver, noteDeletions } from './over.ts';
import { madeEntries, madeInBlocks, refusedRow, type InBlock } from './made-in-blocks.ts';
import { planPeople } from './planning.ts';
import { asFailure, subjectOf } from './request.ts';
import { work, type StepContext } from './work.ts';

/** Pages at work at once in one application, of ten calls that may be on the wire. */
const WINDOW = 4;
/** Failed rows that an answer tells of, and how much of each. */
const TOLD_AT_MOST = 20;
const WHY_AT_MOST = 300;

/** How an import ended. */
type Ending = 'done' | 'partly-failed' | 'failed' | 'cancelled';

export function createImportPageActivities(dependencies: Dependencies) {
  const { directory } = dependencies;
  const importOf = async (id: number): Promise<ImportToRun> => {
    const found = await findImportToRun(directory, id);
    if (!found) throw new ConnectorError('bug', `there is no import ${id}`);
    return found;
  };

  return {
    /**
     * Puts the rows that have something to do in their order, and says in which applications that is done: people's in all
     * that are enabled, accounts' in none. No page of the import may be at work. Safe to repeat.
     */
    beginImport: ({ import: id }: { import: number }): Promise<ImportScope> =>
      work(async () => {
        const { kind, options } = await importOf(id);
        const enabled = (await listApplications(directory)).filter((application) => application.enabled);
        const applications = kind === 'people' ? enabled.map(({ name }) => name) : [];
        const levels = await beginRows(directory, id, applications);
        const blocks = await blocksOf(dependencies, { import: id, applications, options });
        return { kind, applications, levels, window: WINDOW, blocks };
      }),

    /**
     * Works through one page in one application, and answers how its rows ended; a row that fails fails alone. Throws when
     * the application can not be used now: then what is done stays done, and is not done again. Safe to repeat.
     */
    importPage: (request: ImportPageRequest): Promise<ImportPageResult> =>
      work(async (step) => {
        const context = { ...step, bulk: true };
        const { kind } = await importOf(request.import);
        if (kind === 'accounts') return importAccountsPage(dependencies, request, context);
        const claimed = await claimPage(dependencies, request);
        const worked = await workThrough(dependencies, request, claimed, context);
        const answer = await endPage(dependencies, request, claimed, worked);
        if (worked.stopped) throw worked.stopped;
        return answer;
      }),

    /** Ends the import, as its run did or as more of its rows went before. What is claimed and not done everywhere, since it was cancelled, is for the lanes. Safe to repeat. */
    endImport: ({ import: id, state }: { import: number; state: Ending }): Promise<void> =>
      work(async () => {
        await directory.begin(async (tx) =>
          handToLanes(tx, await endImport(tx, id, { cancelled: state === 'cancelled' })),
        );
      }),
  };
}

/** What became of a page's rows. */
interface Worked {
  results: RowResult[];
  /** Rows that their people's lanes have to do. */
  handed: number[];
  /** Of rows that have not ended: what was done so far. */
  entries: ReportEntry[];
  /** What keeps the rest from being done now. */
  stopped?: unknown;
}

interface Row extends ClaimedRow, InBlock {
  person: Person;
}

const ROUNDS = 3;
const ROUND_MS = 500;

/** Plans and applies; what was refused row by row and mends by waiting is planned once more, twice at most. */
async function workThrough(
  dependencies: Dependencies,
  request: ImportPageRequest,
  claimed: ClaimedRow[],
  context: StepContext,
): Promise<Worked> {
  const { application } = request;
  const worked: Worked = { results: [], handed: [], entries: [] };
  if (application === '') {
    worked.results = claimed.map(({ line }) => ({ line, outcome: 'done', entries: [] }));
    return worked;
  }
  if (claimed.length === 0) return worked;
  const told = new Map<number, ReportEntry[]>();
  try {
    const people = await peopleOf(dependencies, claimed);
    const made = await madeInBlocks(dependencies, request, claimed);
    let open = claimed.flatMap((row): Row[] => {
      const person = people.get(row.employeeNumber);
      return person ? [{ ...row, person, ...made.get(row.line) }] : [];
    });
    for (const row of open) if (row.refused) worked.results.push(refusedRow(row, row.refused, application));
    open = open.filter(({ refused }) => !refused);
    for (let round = 1; open.length > 0; round++) {
      if (round > 1) await sleep(ROUND_MS * round, undefined, { signal: context.signal });
      open = await oneRound(dependencies, application, open, { worked, told, isLast: round === ROUNDS }, context);
    }
  } catch (error) {
    worked.stopped = error;
  }
  worked.entries = [...told.values()].flat();
  return worked;
}

async function peopleOf({ directory }: Dependencies, rows: ClaimedRow[]): Promise<Map<string, Person>> {
  const written = rows.flatMap(({ person }) => (person ? [person] : []));
  const others = rows.flatMap(({ person, employeeNumber }) => (person ? [] : [employeeNumber]));
  const known = others.length > 0 ? await findPeople(directory, others) : [];
  return new Map([...written, ...known].map((person) => [person.employeeNumber, person]));
}

interface Round {
  worked: Worked;
  /** By line, what earlier rounds have done of rows that have not ended. */
  told: Map<number, ReportEntry[]>;
  isLast: boolean;
}

/** One plan for these rows, applied. Answers the rows to plan once more; throws what stops all of them. */
async function oneRound(
  { directory, connections, expressions }: Dependencies,
  application: string,
  rows: Row[],
  { worked, told, isLast }: Round,
  context: StepContext,
): Promise<Row[]> {
  const connection = await connections.open(application, context);
  const here = rows.filter(({ person }) => person.status !== 'left');
  const requests = here.map(({ person, type: cause }) => ({ person, cause }));
  const plans = await planPeople(directory, connection, requests, await expressions(), context, {
    lean: true,
  });
  await forgetWhatIsOver(directory, application, plans);
  await noteDeletions(directory, application, plans);

  for (const row of rows) {
    if (row.person.status !== 'left') continue;
    const left = skippedEntry(subjectOf({ event: eventOf(row), application }), 'create', 'has left meanwhile');
    const entries = [...madeEntries(row, connection.application), left];
    worked.results.push({ line: row.line, outcome: 'skipped', entries });
  }
  const due: (Row & PlannedRow)[] = [];
  for (const [index, row] of here.entries()) {
    const planned = plans[index];
    if (!planned) continue;
    const { line } = row;
    const { failure } = planned;
    const event = eventOf(row);
    if (failure) {
      const failed = failedEntry(subjectOf({ event, application }), CORRELATE, failure);
      const entries = [...madeEntries(row, connection.application), failed];
      worked.results.push({ line, outcome: 'failed', failure, entries });
    } else if (!isForMany(planned)) worked.handed.push(line);
    else due.push({ ...row, event, planned, isMade: row.made !== undefined });
  }
  const applied = await applyMany({ directory, expressions }, connection, due, context);

  const again: Row[] = [];
  let stopped: ConnectorError | undefined;
  for (const [index, row] of due.entries()) {
    const one = applied[index];
    if (!one) continue;
    const { refusal } = one;
    const before = told.get(row.line) ?? [];
    const stops = refusal?.ofCall && (mendsByWaiting(refusal.error.kind) || refusal.error.kind === 'permission');
    if (refusal && (stops || (mendsByWaiting(refusal.error.kind) && !isLast))) {
      told.set(row.line, [...before, ...one.entries.filter(({ outcome }) => outcome !== 'failed')]);
      if (stops) stopped ??= refusal.error;
      else again.push(row);
    } else {
      told.delete(row.line);
      const entries = [...madeEntries(row, connection.application), ...before, ...one.entries];
      worked.results.push(resultOf(row.line, { ...one, entries }));
    }
  }
  if (stopped) throw stopped;
  return again;
}

function eventOf({ eventId: id, employeeNumber, person, type }: Row): PlannedRow['event'] {
  return { id, employeeNumber, person: displayName(person), type };
}

const CORRELATE: Operation = { kind: 'link', changes: [], entitlements: [], reason: 'correlate and plan' };

function resultOf(line: number, { entries, nativeId, refusal }: AppliedRow): RowResult {
  const is = (outcome: ReportEntry['outcome']) => entries.some((entry) => entry.outcome === outcome);
  return {
    line,
    outcome: refusal ? 'failed' : is('done') || is('pending') ? 'done' : is('skipped') ? 'skipped' : 'unchanged',
    ...(nativeId === undefined ? {} : { nativeId }),
    ...(refusal ? { failure: failureOf(refusal) } : {}),
    entries,
  };
}

function failureOf({ error }: Refusal): Failure {
  const failure = asFailure(error);
  return failure.remedy || !mendsByWaiting(failure.kind)
    ? failure
    : { ...failure, remedy: 'try the failed rows of the import again' };
}

/** Writes how the rows ended, all at once, and answers for the whole page, with what earlier tries did. */
async function endPage(
  { directory }: Dependencies,
  page: ImportPageRequest,
  claimed: ClaimedRow[],
  { results, handed, entries }: Worked,
): Promise<ImportPageResult> {
  return directory.begin(async (tx) => {
    await holdPage(tx, page);
    const kept = await findPageEntries(tx, page);
    const before = kept === undefined ? [] : unpackEntries(kept);
    await storeResults(tx, page, withEarlierTries(results, claimed, before));
    await handToLanes(tx, await handRows(tx, page.import, handed));
    await endRows(tx, page, activityInfo().workflowExecution?.runId ?? '');
    await planDisturbedAfresh(tx, page, claimed);
    const added = [...results.flatMap((result) => result.entries), ...entries];
    const packed = kept !== undefined && added.length === 0 ? kept : packEntries([...before, ...added]);
    if (packed !== kept) await keepPageEntries(tx, page, packed);
    const counts = await countPage(tx, page);
    const failed = counts.failed > 0 ? await failedOfPage(tx, page, TOLD_AT_MOST) : [];
    return {
      counts,
      failed: failed.map((row) => ({ ...row, why: shortened(row.why, WHY_AT_MOST) })),
      entries: packed,
    };
  });
}

/** What an earlier try has done leaves nothing to do, and the row is done all the same. */
function withEarlierTries(results: RowResult[], claimed: ClaimedRow[], before: ReportEntry[]): RowResult[] {
  const numbers = new Map(claimed.map(({ line, employeeNumber }) => [line, employeeNumber]));
  const done = new Set(before.filter(({ outcome }) => outcome === 'done').map((entry) => entry.employeeNumber));
  return results.map((result) =>
    result.outcome === 'unchanged' && done.has(numbers.get(result.line) ?? '')
      ? { ...result, outcome: 'done' }
      : result,
  );
}

/**
 * Somebody of whom more was said while the page was at work is planned for once more, in the lane, after us: what the lane
 * did meanwhile may not have known of an account that was just being made.
 */
async function planDisturbedAfresh(
  tx: Parameters<typeof storeHrEvents>[0],
  { import: id, application }: ImportPageRequest,
  claimed: ClaimedRow[],
): Promise<void> {
  const disturbed = new Set(
    await disturbedEvents(
      tx,
      claimed.map(({ eventId }) => eventId),
    ),
  );
  const dueAt = new Date().toISOString();
  const movers = claimed
    .filter(({ eventId }) => disturbed.has(eventId))
    .map(({ eventId, employeeNumber }) =>
      quietMover({ id: `${eventId}:${application}`, employeeNumber, dueAt, source: `import ${id}` }),
    );
  await storeHrEvents(tx, movers);
}
