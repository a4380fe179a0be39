/** Blocks of an import: thousands of accounts made at once by an application's bulk interface, before the pages of their rows. */
import { Context, log } from '@temporalio/activity';
import { mendsByWaiting } from '#domain/failure.ts';
import type { ImportOptions } from '#domain/import.ts';
import { recordAccounts } from '#directory/accounts.ts';
import {
  countCreations,
  countNewcomers,
  creationsOf,
  endBlock,
  findBlock,
  noteJob,
  planBlock,
  type Creation,
  type ImportBlock,
  type MadeCreation,
} from '#directory/import-blocks.ts';
import { findPeople } from '#directory/people.ts';
import type { CallContext, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Connection } from './connections.ts';
import type { Dependencies } from './dependencies.ts';
import { claimPage } from './import-claims.ts';
import type { ImportPageRequest } from './import-request.ts';
import { recordManyAsOwn } from './own-accounts.ts';
import { planPeople } from './planning.ts';
import { asFailure } from './request.ts';
import { capability, work } from './work.ts';
import { changedTo, managerOf, newAccount } from './written.ts';

/** The accounts that one block makes at most. */
const ROWS_A_BLOCK = 5_000;
/** The people that are planned for together, and how many such plans are made at a time: what they ask rides together. */
const PEOPLE_A_PLAN = 200;
const PLANS_AT_A_TIME = 4;

/** How many accounts a block made, and how many it was refused; these are for the pages to try, or to tell of. */
interface BlockResult {
  created: number;
  failed: number;
}

export function createImportBlockActivities(dependencies: Dependencies) {
  const { directory, connections } = dependencies;
  return {
    /**
     * Makes the accounts of those rows whose plan is to make one, by one bulk job, and records them; all else is for the
     * pages of these rows. What is asked for is kept before the job is opened, and the job before it gets a row: another
     * try goes on with it, and nobody is made twice. Where no job is to be had, the pages make them. Cancelled, it stops the job and records what that has done.
     */
    importBlock: (request: ImportPageRequest): Promise<BlockResult> =>
      work(async ({ signal }) => {
        const context = { signal, bulk: true };
        const connection = await connections.open(request.application, context);
        const block = (await findBlock(directory, request)) ?? (await plan(dependencies, connection, request, context));
        const ended =
          block.endedAt === null ? await carryOut(dependencies, connection, request, block, context) : block;
        signal.throwIfAborted();
        await forgetJob(connection, ended, context);
        return countCreations(directory, request);
      }),
  };
}

/**
 * The applications whose bulk interface makes the accounts of an import, each with the rows of a block: where it is asked to,
 * or its settings say so, for as many newcomers as there are. Reads only.
 */
export async function blocksOf(
  { directory, connections }: Pick<Dependencies, 'directory' | 'connections'>,
  { import: id, applications, options }: { import: number; applications: string[]; options: ImportOptions },
): Promise<Record<string, number>> {
  const newcomers = await countNewcomers(directory, id);
  const blocks: Record<string, number> = {};
  for (const name of applications) {
    const { connector } = await connections.openAnyway(name);
    const from = options.bulkFrom ?? connector.manifest.bulkFrom;
    if (connector.createInBulk && from !== undefined && newcomers >= from) blocks[name] = ROWS_A_BLOCK;
  }
  return blocks;
}

/** Keeps which accounts are to be made. */
async function plan(
  dependencies: Dependencies,
  connection: Connection,
  request: ImportPageRequest,
  context: CallContext,
): Promise<ImportBlock> {
  const { after, upTo } = request;
  const creations: Creation[] = [];
  for (let from = after; from < upTo; from += PEOPLE_A_PLAN * PLANS_AT_A_TIME) {
    const pages = Array.from({ length: PLANS_AT_A_TIME }, (_, index) => from + index * PEOPLE_A_PLAN)
      .filter((begin) => begin < upTo)
      .map((begin) => ({ ...request, after: begin, upTo: Math.min(begin + PEOPLE_A_PLAN, upTo) }));
    const planned = await Promise.all(pages.map((page) => creationsAmong(dependencies, connection, page, context)));
    creations.push(...planned.flat());
  }
  await planBlock(dependencies.directory, request, creations);
  return { job: null, endedAt: null };
}

/** Claims the rows as their page would, and answers those whose plan begins with making an account. */
async function creationsAmong(
  { directory, defaultTimeZone, expressions }: Dependencies,
  connection: Connection,
  page: ImportPageRequest,
  context: CallContext,
): Promise<Creation[]> {
  const claimed = await claimPage({ directory, defaultTimeZone }, page);
  const found = await findPeople(
    directory,
    claimed.map(({ employeeNumber }) => employeeNumber),
  );
  const people = new Map(found.map((person) => [person.employeeNumber, person]));
  const rows = claimed.flatMap((row) => {
    const person = people.get(row.employeeNumber);
    return person && person.status !== 'left' ? [{ ...row, person }] : [];
  });
  const requests = rows.map(({ person, type: cause }) => ({ person, cause }));
  const plans = await planPeople(directory, connection, requests, await expressions(), context);
  return rows.flatMap(({ line, employeeNumber }, index): Creation[] => {
    const [operation] = plans[index]?.operations ?? [];
    return operation?.kind === 'create' ? [{ line, employeeNumber, operation }] : [];
  });
}

/** Begins the job, or goes on with it, and puts on record what it did. */
async function carryOut(
  { directory }: Dependencies,
  connection: Connection,
  request: ImportPageRequest,
  { job }: ImportBlock,
  context: CallContext,
): Promise<ImportBlock> {
  const { application, connector } = connection;
  const create = capability(connector.createInBulk?.bind(connector), application.name, 'create accounts in bulk');
  const creations = await creationsOf(directory, request);
  const accounts = creations.map(({ operation }) => newAccount(operation));
  let known = job;
  const onJob = async (begun: string): Promise<void> => {
    if (!(await noteJob(directory, request, { known, job: begun })))
      throw new ConnectorError('transient', `${application.name}: another worker is at work on this block`);
    known = begun;
  };
  const progress = () => ({ ...(known === null ? {} : { job: known }), onJob });
  let outcomes: RowOutcome[];
  try {
    outcomes = accounts.length === 0 ? [] : await create(accounts, progress(), context);
  } catch (error) {
    // A worker that shuts down leaves the job to its successor.
    if (Context.current().cancellationDetails?.cancelRequested)
      outcomes = await create(accounts, { ...progress(), stop: true }, { bulk: true });
    else if (known === null && error instanceof ConnectorError && !mendsByWaiting(error.kind)) {
      log.warn('no bulk job is to be had: pages make the accounts of this block', { ...request, error: error.message });
      outcomes = [];
    } else throw error;
  }
  await record(directory, connection, request, creations, outcomes);
  return { job: known, endedAt: new Date().toISOString() };
}

async function record(
  directory: Dependencies['directory'],
  { application, connector }: Connection,
  request: ImportPageRequest,
  creations: Creation[],
  outcomes: RowOutcome[],
): Promise<void> {
  const made = creations.flatMap(({ employeeNumber, operation }, index) => {
    const outcome = outcomes[index];
    if (!outcome?.ok) return [];
    const username = String(changedTo(operation, application.usernameAttribute) ?? '');
    const managerNativeId = managerOf(operation, connector.manifest.managerAttribute);
    return [{ employeeNumber, nativeId: outcome.nativeId, username, status: 'active' as const, managerNativeId }];
  });
  const refused = await recordManyAsOwn(directory, application.name, made, (some) =>
    recordAccounts(directory, application.name, some),
  );
  const ends = creations.flatMap(({ line, employeeNumber }, index): MadeCreation[] => {
    const outcome = outcomes[index];
    if (!outcome) return [];
    const error = outcome.ok ? refused.get(employeeNumber) : outcome.error;
    if (error) return [{ line, failure: asFailure(error) }];
    return outcome.ok ? [{ line, nativeId: outcome.nativeId }] : [];
  });
  await endBlock(directory, request, ends);
}

/** What is left of a job goes by itself within some days: nobody waits for that. */
async function forgetJob({ connector }: Connection, { job }: ImportBlock, context: CallContext): Promise<void> {
  if (job === null) return;
  try {
    await connector.forgetBulk?.(job, context);
  } catch (error) {
    log.warn('a bulk job could not be taken away', { job, error });
  }
}
