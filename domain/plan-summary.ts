/** Plan summary: what a plan over many people comes to, counted page by page, and whether the applications can bear it. */
import { freeFor, type Capacity } from './capacity.ts';
import type { OperationKind } from './plan.ts';
import type { PlanItem } from './plan-item.ts';
import type { Usage } from './verification.ts';

/** Whom a plan is for, and in which applications; without `applications`, in all of them. */
export type PlanSelection = ({ people: string[] } | { group: string } | { all: true }) & { applications?: string[] };

/** What items come to in one application. */
interface ApplicationTotals {
  /** People of whom something is changed there. */
  people: number;
  operations: Partial<Record<OperationKind, number>>;
  skipped: number;
  /** By resource, as `Capacity.resource` names it: how many licences are taken. */
  licences: Record<string, number>;
  /** API calls that it costs when each person is done by themselves; together they may be fewer. */
  calls: number;
  warnings: number;
  failures: number;
}

export interface PlanTotals {
  /** People who were looked at. */
  people: number;
  applications: Record<string, ApplicationTotals>;
}

/** What an application says of what it has left; null where it does not tell. */
export interface ApplicationRoom {
  capacity: Capacity[];
  usage: Usage | null;
}

export interface ApplicationSummary extends ApplicationTotals {
  /** API calls that are left; null where the application does not tell. */
  callsLeft: number | null;
  /** By resource: how many licences are free; null where the application does not tell. */
  licencesFree: Record<string, number | null>;
}

export interface PlanSummary {
  people: number;
  operations: number;
  applications: Record<string, ApplicationSummary>;
  /** What is to be known of the plan as a whole: what it leaves out, and what there is too little of. */
  warnings: string[];
  /** Why it was not made. */
  failure?: string;
}

export const NO_TOTALS: PlanTotals = { people: 0, applications: {} };

/** What these items of that many people come to. */
export function totalsOf(people: number, items: PlanItem[]): PlanTotals {
  return items.map(totalsOfItem).reduce(addTotals, { ...NO_TOTALS, people });
}

/** Both together. */
export function addTotals(a: PlanTotals, b: PlanTotals): PlanTotals {
  const applications = { ...a.applications };
  for (const [name, totals] of Object.entries(b.applications)) {
    const before = applications[name];
    applications[name] = before ? together(before, totals) : totals;
  }
  return { people: a.people + b.people, applications };
}

/** How many operations there are in all. */
export function countOperations({ applications }: PlanTotals): number {
  return Object.values(applications)
    .flatMap(({ operations }) => Object.values(operations))
    .reduce((sum, count) => sum + count, 0);
}

/** The totals beside what each application has left, with a warning for all that there is too little of. */
export function summarise(
  totals: PlanTotals,
  room: Record<string, ApplicationRoom>,
  warnings: readonly string[],
): PlanSummary {
  const applications = Object.fromEntries(
    Object.entries(totals.applications).map(([name, one]) => [name, withRoom(one, room[name])]),
  );
  const tooLittle = Object.entries(applications).flatMap(([name, one]) => shortages(name, one));
  return {
    people: totals.people,
    operations: countOperations(totals),
    applications,
    warnings: [...warnings, ...tooLittle],
  };
}

function totalsOfItem({ application, operations, skipped, licences, calls, warnings, failure }: PlanItem): PlanTotals {
  const totals: ApplicationTotals = {
    people: operations.length > 0 ? 1 : 0,
    operations: counted(operations.map(({ kind }) => kind)),
    skipped: skipped.length,
    licences: counted(licences),
    calls: operations.length > 0 ? calls : 0,
    warnings: warnings.length,
    failures: failure ? 1 : 0,
  };
  return { people: 0, applications: { [application]: totals } };
}

function together(a: ApplicationTotals, b: ApplicationTotals): ApplicationTotals {
  return {
    people: a.people + b.people,
    operations: added(a.operations, b.operations),
    skipped: a.skipped + b.skipped,
    licences: added(a.licences, b.licences),
    calls: a.calls + b.calls,
    warnings: a.warnings + b.warnings,
    failures: a.failures + b.failures,
  };
}

function counted<K extends string>(names: readonly K[]): Record<K, number> {
  const counts = {} as Record<K, number>;
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function added<R extends Record<string, number>>(a: R, b: R): R {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum as R;
}

function withRoom(totals: ApplicationTotals, room: ApplicationRoom | undefined): ApplicationSummary {
  const free = Object.keys(totals.licences).map((resource): [string, number | null] => {
    const capacity = room?.capacity.find((one) => one.resource === resource);
    return [resource, capacity ? freeFor(capacity, 0) : null];
  });
  const usage = room?.usage;
  // An application that counts no calls says a total of none.
  const callsLeft = usage && usage.total > 0 ? Math.max(0, usage.total - usage.used) : null;
  return { ...totals, callsLeft, licencesFree: Object.fromEntries(free) };
}

function shortages(name: string, { licences, licencesFree, calls, callsLeft }: ApplicationSummary): string[] {
  const short = Object.entries(licences).flatMap(([resource, needed]) => {
    const free = licencesFree[resource];
    return typeof free === 'number' && needed > free
      ? [`${name}: it takes ${needed} ${resource}, and ${free} are free`]
      : [];
  });
  return callsLeft !== null && calls > callsLeft
    ? [...short, `${name}: it costs up to ${calls} API calls, and ${callsLeft} are left`]
    : short;
}
