/** What applying a config would change: added, changed, removed, each part with what it was and what it would be. */
import { entitlementLabel, type Entitlement } from '#domain/account.ts';
import type { Config } from './config.ts';

type Part = 'profile field' | 'group' | 'application';

/** `old` or `new` is absent where there is nothing. */
interface ValueChange {
  /** `scope`, `mappings.Department.expression` */
  path: string;
  old?: unknown;
  new?: unknown;
}

export interface ConfigChange {
  what: 'added' | 'changed' | 'removed';
  part: Part;
  name: string;
  /** In the order of the definition. */
  changes: ValueChange[];
}

/** Fields, then groups, then applications, each by name. Empty when nothing would change. */
export function configDiff(before: Config, after: Config): ConfigChange[] {
  return [
    ...changesIn('profile field', before.fields, after.fields),
    ...changesIn('group', before.groups, after.groups),
    ...changesIn('application', before.applications, after.applications),
  ];
}

function changesIn<T extends { name: string }>(part: Part, before: readonly T[], after: readonly T[]): ConfigChange[] {
  const [known, meant] = [before, after].map((list) => new Map(list.map((one) => [one.name, one])));
  const names = [...new Set([...before, ...after].map(({ name }) => name))].toSorted();
  return names.flatMap((name): ConfigChange[] => {
    const old = known?.get(name);
    const now = meant?.get(name);
    if (!old) return [{ what: 'added', part, name, changes: changesOf('', {}, now) }];
    if (!now) return [{ what: 'removed', part, name, changes: [] }];
    const changes = changesOf('', old, now);
    return changes.length === 0 ? [] : [{ what: 'changed', part, name, changes }];
  });
}

/** Lists whose entries have a name of their own, by what names them. */
const NAMED: Record<string, (entry: Entry) => unknown> = {
  mappings: ({ attribute }) => attribute,
  correlation: ({ attribute }) => attribute,
  birthrights: ({ name, when }) => name ?? when,
};
/** Of these the first that holds wins. */
const ORDERED = new Set(['correlation', 'birthrights']);

const GRANT = /^birthrights\..*\.grant$/s;

type Entry = Record<string, unknown>;

function changesOf(path: string, old: unknown, now: unknown): ValueChange[] {
  if (isSame(old, now)) return [];
  const name = NAMED[path];
  if (name && Array.isArray(old) && Array.isArray(now)) return listChanges(path, name, old, now);
  if (Array.isArray(old) && Array.isArray(now) && [...old, ...now].every((one) => typeof one === 'string'))
    return memberChanges(path, old as string[], now as string[]);
  if (GRANT.test(path) && Array.isArray(old) && Array.isArray(now))
    return memberChanges(
      path,
      (old as Entitlement[]).map(entitlementLabel),
      (now as Entitlement[]).map(entitlementLabel),
    );
  if (!isEntry(old) || !isEntry(now))
    return [{ path, ...(old === undefined ? {} : { old }), ...(now === undefined ? {} : { new: now }) }];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys.flatMap((key) => changesOf(path === '' ? key : `${path}.${key}`, old[key], now[key]));
}

function listChanges(path: string, name: (entry: Entry) => unknown, old: Entry[], now: Entry[]): ValueChange[] {
  const [before, after] = [keyed(old, name), keyed(now, name)];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changes = keys.flatMap((key) => changesOf(`${path}.${key}`, before.get(key), after.get(key)));
  const kept = (here: Map<string, Entry>, there: Map<string, Entry>) =>
    [...here.keys()].filter((key) => there.has(key));
  const [oldOrder, newOrder] = [kept(before, after), kept(after, before)];
  if (!ORDERED.has(path)) return changes;
  // A rule that is new may stand before those that were there, and win over them.
  const moved = !isSame(oldOrder, newOrder);
  return [...changes, ...(moved ? [{ path: `${path} order`, old: [...before.keys()], new: [...after.keys()] }] : [])];
}

/** By name; a second of the same name has a number. */
function keyed(list: readonly Entry[], name: (entry: Entry) => unknown): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const entry of list) {
    const plain = String(name(entry));
    let key = plain;
    for (let count = 2; found.has(key); count += 1) key = `${plain} (${count})`;
    found.set(key, entry);
  }
  return found;
}

/** Names in a list, such as members: who comes, who goes, or all of them where only their order differs. */
function memberChanges(path: string, old: string[], now: string[]): ValueChange[] {
  const [before, after] = [new Set(old), new Set(now)];
  const changes = [
    ...old.filter((one) => !after.has(one)).map((one) => ({ path, old: one })),
    ...now.filter((one) => !before.has(one)).map((one) => ({ path, new: one })),
  ];
  return changes.length > 0 ? changes : [{ path, old, new: now }];
}

/** Whether two values are the same, whatever the order of their parts; what is undefined is not there. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, index) => isSame(one, b[index]));
  if (!isEntry(a) || !isEntry(b)) return Object.is(a, b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SIGNS = { added: '+', changed: '~', removed: '-' };

/** Lines for people. */
export function describeDiff(diff: readonly ConfigChange[]): string[] {
  if (diff.length === 0) return ['Nothing would change.'];
  return diff.flatMap(({ what, part, name, changes }) => [
    `${SIGNS[what]} ${part} ${name}`,
    ...changes.map((change) =>
      'old' in change && 'new' in change
        ? `    ${change.path}: ${shown(change.old)} → ${shown(change.new)}`
        : `  ${'new' in change ? '+' : '-'} ${change.path}: ${shown('new' in change ? change.new : change.old)}`,
    ),
  ]);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value || "''" : JSON.stringify(value);
}
