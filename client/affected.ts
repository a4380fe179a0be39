/** Affected: whose access a change of policy may change. Nothing is done for them until a plan is made and applied. */
import type { PlanSelection } from '#domain/plan-summary.ts';

/** As many as somebody reads and types in one line. */
const MOST_NAMED = 20;

/** Whom to plan for after the access of these people may have changed; null: nobody. */
export function affectedPeople(people: string[]): PlanSelection | null {
  if (people.length === 0) return null;
  return people.length > MOST_NAMED ? { all: true } : { people };
}

/** What an administrator is told, and can type next. */
export function tellAffected(affected: PlanSelection | null): string[] {
  if (affected === null) return [];
  return [`Nobody’s access changes by this alone. To see what would: ${planCommand(affected)}`];
}

function planCommand(selection: PlanSelection): string {
  const where = (selection.applications ?? []).map((name) => ` --application ${name}`).join('');
  if ('group' in selection) return `joinery plan --group ${quoted(selection.group)}${where}`;
  if ('all' in selection) return `joinery plan --all${where}`;
  return `joinery plan --person ${selection.people.join(' ')}${where}`;
}

function quoted(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `"${word}"`;
}
