/** Group: people who belong together, by name, by rule, or since they are in a group inside it. */
import type { Fault } from './hr-event-input.ts';

export interface Group {
  name: string;
  label: string;
  /** Who is in it besides those named: a condition over profile fields; null: nobody. It may not speak of groups. */
  rule: string | null;
  /** Groups whose members are members of this one too. */
  children: string[];
}

/**
 * The groups that contain one of these, through any number of others, these included; by name. Ends on a circle too.
 * What contains what is worked out once for an array of groups, which therefore must not be changed.
 */
export function withContaining(groups: readonly Group[], direct: Iterable<string>): string[] {
  const parents = parentsIn(groups);
  const found = new Set(direct);
  // A set is gone through to its end, also what is added meanwhile.
  for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
  return [...found].toSorted();
}

/** The group and what is inside it, however deep: what decides who is in it. Nothing when it is not one of them. */
export function withInside(groups: readonly Group[], name: string): Group[] {
  const known = new Map(groups.map((group) => [group.name, group]));
  const found = new Set([name]);
  for (const one of found) for (const child of known.get(one)?.children ?? []) found.add(child);
  return groups.filter((group) => found.has(group.name));
}

/**
 * What is wrong with these groups together: a name twice, a child that is none of them, a circle, a rule that can not be
 * stored. `ruleFault` says what is wrong with a rule, or undefined.
 */
export function groupFaults(groups: readonly Group[], ruleFault: (rule: string) => string | undefined): Fault[] {
  const known = new Map(groups.map((group) => [group.name, group]));
  const faults: Fault[] = [];
  for (const group of groups) {
    if (known.get(group.name) !== group) faults.push({ field: `groups.${group.name}`, problem: 'is there twice' });
    const problem = group.rule === null ? undefined : ruleFault(group.rule);
    if (problem) faults.push({ field: `groups.${group.name}.rule`, problem });
    for (const child of group.children)
      if (!known.has(child)) faults.push({ field: `groups.${group.name}.children`, problem: `"${child}" is no group` });
  }
  const circles = circlesAmong(known).map((circle) => ({
    field: `groups.${circle[0]}.children`,
    problem: `a group can not be inside itself: ${circle.join(' -> ')}`,
  }));
  return [...faults, ...circles];
}

const parentsOfGroups = new WeakMap<readonly Group[], Map<string, string[]>>();

function parentsIn(groups: readonly Group[]): Map<string, string[]> {
  let parents = parentsOfGroups.get(groups);
  if (parents) return parents;
  parents = new Map();
  for (const { name, children } of groups)
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
  parentsOfGroups.set(groups, parents);
  return parents;
}

/** One circle for each link that closes one, as `a, b, a`; however deep the groups are nested. */
function circlesAmong(groups: ReadonlyMap<string, Group>): string[][] {
  const circles: string[][] = [];
  const seen = new Set<string>();
  const path: { name: string; children: Iterator<string> }[] = [];
  const onPath = new Set<string>();
  const enter = (name: string): void => {
    seen.add(name);
    onPath.add(name);
    path.push({ name, children: (groups.get(name)?.children ?? []).values() });
  };
  for (const start of groups.keys()) {
    if (!seen.has(start)) enter(start);
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const next = last.children.next();
      if (next.done) {
        onPath.delete(last.name);
        path.pop();
      } else if (onPath.has(next.value)) {
        const names = path.map(({ name }) => name);
        circles.push([...names.slice(names.indexOf(next.value)), next.value]);
      } else if (groups.has(next.value) && !seen.has(next.value)) enter(next.value);
    }
  }
  return circles;
}
