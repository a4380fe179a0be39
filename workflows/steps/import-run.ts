/** One run of an import: what people say to it between its pages, what it answers them, and how a page that can not be done pauses it. */
import {
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Failure } from '#domain/failure.ts';
import type { ImportPause } from '#domain/import.ts';
import { bookkeeping } from '../activities.ts';
import { OUTCOME } from '../ids.ts';
import {
  cancelImportSignal,
  importProgressQuery,
  pauseImportSignal,
  resumeImportSignal,
  type BulkImportInput,
  type ImportWork,
} from '../messages.ts';
import { orFailure } from './failure.ts';
import { importDetails, importProgress } from './import-standing.ts';

export interface ImportRun {
  readonly import: number;
  /** Undefined until it is known what has to be done. */
  work: ImportWork | undefined;
  readonly beganAt: number;
  pausedMs: number;
  pause: ImportPause | undefined;
  /** Who cancelled it, and why. */
  cancelled: { by: string; reason: string } | undefined;
  /** Resolves when the directory knows of the last pause, or of its end. */
  noted: Promise<void>;
}

/** Takes what people say from now on; call it before anything is awaited. */
export function openRun({ import: id, progress }: BulkImportInput): ImportRun {
  const run: ImportRun = {
    import: id,
    work: progress?.work,
    beganAt: progress?.beganAt ?? Date.now(),
    pausedMs: progress?.pausedMs ?? 0,
    pause: progress?.pause,
    cancelled: undefined,
    noted: Promise.resolve(),
  };
  setHandler(importProgressQuery, () => importProgress(run, Date.now()));
  setHandler(pauseImportSignal, ({ by, reason }) => {
    // A pause that would end by itself is made to last.
    if (!run.pause || run.pause.until !== undefined) turn(run, { by, reason, since: now() });
  });
  setHandler(resumeImportSignal, () => {
    if (run.pause) turn(run, undefined);
  });
  setHandler(cancelImportSignal, (said) => {
    run.cancelled ??= said;
    showRun(run);
  });
  showRun(run);
  return run;
}

/** Shows how far the run is. */
export function showRun(run: ImportRun): void {
  setCurrentDetails(importDetails(run.import, importProgress(run, Date.now())));
}

/**
 * Begins nothing while the import is paused, then does it until it succeeds: when it fails for good the import is paused with
 * the reason, and once that has ended it is tried again. Answers undefined, without having begun it, when the import was
 * cancelled or the rest is for a new run.
 */
export async function untilDone<T>(run: ImportRun, step: () => Promise<T>): Promise<{ value: T } | undefined> {
  for (let round = 1; ; round++) {
    await untilResumed(run);
    if (isOver(run)) return undefined;
    const tried = await orFailure(step);
    if (tried.ok) return tried;
    if (!run.pause) turn(run, pauseFor(tried.failure, round));
  }
}

async function untilResumed(run: ImportRun): Promise<void> {
  while (run.pause && !isOver(run)) {
    const seen = run.pause;
    const changed = () => run.pause !== seen || isOver(run);
    if (seen.until === undefined) await condition(changed);
    else if (!(await condition(changed, Date.parse(seen.until) - Date.now())) && run.pause === seen)
      turn(run, undefined);
  }
}

/** A page is about six events: far below what a history may hold. */
const LONGEST_HISTORY = 2_000;

function isOver({ cancelled }: ImportRun): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return cancelled !== undefined || continueAsNewSuggested || historyLength > LONGEST_HISTORY;
}

/** Resolves when the directory knows of every pause and its end. */
export async function allNoted(run: ImportRun): Promise<void> {
  for (let seen; seen !== run.noted;) {
    seen = run.noted;
    await seen;
  }
}

/** Pauses the run, or lets it go on, and says so to the directory and to whoever looks. */
function turn(run: ImportRun, pause: ImportPause | undefined): void {
  if (run.pause) run.pausedMs += Date.now() - Date.parse(run.pause.since);
  run.pause = pause;
  upsertSearchAttributes([{ key: OUTCOME, value: pause ? 'paused' : 'running' }]);
  showRun(run);
  const { noteImportPause } = bookkeeping(`import ${run.import}: ${pause ? `paused by ${pause.by}` : 'goes on'}`);
  const note = () => noteImportPause({ import: run.import, pause: pause ?? null });
  run.noted = run.noted.then(() => CancellationScope.nonCancellable(note));
}

const MINUTE_MS = 60_000;
const LONGEST_WAIT_MS = 30 * MINUTE_MS;

/** The pause for what a page met. Where an application asked for time it has that, and longer each round. */
function pauseFor({ message, remedy, retryAfterMs }: Failure, round: number): ImportPause {
  const pause = { by: 'joinery', reason: remedy === undefined ? message : `${message}; ${remedy}`, since: now() };
  if (retryAfterMs === undefined) return pause;
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(retryAfterMs, MINUTE_MS * 2 ** Math.min(round - 1, 5)));
  return { ...pause, until: new Date(Date.now() + waitMs).toISOString() };
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
