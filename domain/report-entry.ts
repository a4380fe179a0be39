/** Report entry: one thing that was done, or failed, for one person in one application, as a workflow's history keeps it. */
import { entitlementLabel } from './account.ts';
import type { Failure } from './failure.ts';
import type { AttributeChange, Operation, OperationKind } from './plan.ts';

/** pending: the application took it and does not show it yet, since somebody has to confirm it there. */
type ReportOutcome = 'done' | 'pending' | 'failed' | 'skipped';

export interface ReportEntry {
  eventId: string;
  employeeNumber: string;
  person: string;
  /** The application's name; `mail` for notices. */
  application: string;
  operation: OperationKind | 'notify';
  outcome: ReportOutcome;
  username?: string;
  nativeId?: string;
  changes: AttributeChange[];
  /** `permission-set Sales_Console`, or the recipient of a notice. */
  subjects: string[];
  reason: string;
  failure?: Failure;
}

/** What an entry says of where it belongs; the rest follows from the operation. */
export interface ReportSubject {
  eventId: string;
  employeeNumber: string;
  person: string;
  application: string;
  username?: string;
  nativeId?: string;
}

/** The entry for an operation that was carried out. */
export function doneEntry(subject: ReportSubject, operation: Operation): ReportEntry {
  const { kind, changes, reason } = operation;
  return { ...subject, operation: kind, changes, subjects: labelsOf(operation), reason, outcome: 'done' };
}

/**
 * The entries for an operation of which the application holds some attributes back until somebody confirms them there:
 * one for what is done, one for what is pending.
 */
export function confirmedEntries(subject: ReportSubject, operation: Operation, pending: string[]): ReportEntry[] {
  const held = (attribute: string): boolean => pending.includes(attribute);
  const entry = doneEntry(subject, operation);
  const done = entry.changes.filter(({ attribute }) => !held(attribute));
  const waiting = entry.changes.filter(({ attribute }) => held(attribute));
  if (waiting.length === 0) return [entry];
  const reason = 'the application shows it once somebody has confirmed it there';
  const left = done.length > 0 || entry.subjects.length > 0 ? [{ ...entry, changes: done }] : [];
  return [
    ...left,
    { ...subject, operation: operation.kind, outcome: 'pending', changes: waiting, subjects: [], reason },
  ];
}

/** The entry for an operation that could not be carried out. */
export function failedEntry(subject: ReportSubject, operation: Operation, failure: Failure): ReportEntry {
  return { ...subject, ...facts(operation), outcome: 'failed', failure };
}

/** The entry for an operation that was not needed, and why. */
export function skippedEntry(subject: ReportSubject, operation: OperationKind | 'notify', reason: string): ReportEntry {
  return { ...subject, operation, changes: [], subjects: [], reason, outcome: 'skipped' };
}

/** The entry for an operation that was due and not carried out, and why. */
export function leftUndoneEntry(subject: ReportSubject, operation: Operation, why: string): ReportEntry {
  return { ...subject, ...facts(operation), reason: why, outcome: 'skipped' };
}

/** The entry for an operation that somebody did by hand. */
export function resolvedEntry(subject: ReportSubject, operation: Operation, reason: string): ReportEntry {
  return { ...subject, ...facts(operation), reason, outcome: 'done' };
}

/** One line for people: `salesforce: grant permission-set Sales_Console, done`; of what was skipped it says why. */
export function entryLine(entry: ReportEntry): string {
  const what = entry.subjects.length > 0 ? ` ${entry.subjects.join(', ')}` : '';
  const why = entry.failure ? `: ${entry.failure.message}` : entry.outcome === 'skipped' ? `: ${entry.reason}` : '';
  return `${entry.application}: ${entry.operation}${what}, ${entry.outcome}${why}`;
}

/** What the line of everything that was skipped holds. */
export const SKIPPED = ', skipped: ';

/** Of lines for people, those of what was skipped. */
export function skippedLines(text: string): string[] {
  return text.split('\n').filter((line) => line.includes(SKIPPED));
}

function facts(operation: Operation): Pick<ReportEntry, 'operation' | 'changes' | 'subjects' | 'reason'> {
  return {
    operation: operation.kind,
    changes: operation.changes,
    subjects: labelsOf(operation),
    reason: operation.reason,
  };
}

function labelsOf({ entitlements }: Operation): string[] {
  return entitlements.map(entitlementLabel);
}
