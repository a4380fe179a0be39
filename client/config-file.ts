/** The config as a file: one YAML document, in one order, without what goes without saying, and never with a secret. */
import { createHash } from 'node:crypto';
import { Document, isMap, isScalar, isSeq, visit, type Node } from 'yaml';
import { ALL_TOGGLES, DEFAULT_REMOVAL, type Application } from '#domain/application.ts';
import { DEFAULT_PROFILE_FIELDS, type ProfileField } from '#domain/profile-field.ts';
import type { Config, NamedGroup } from './config.ts';

const HEADING = ` Joinery: profile fields, groups and applications (docs/policy.md).
 joinery config diff FILE      what applying this file would change; --impact: for whom
 joinery config apply FILE     applies all of it, or nothing
 Left out is what goes without saying: false, an empty list, what a new field or application starts with.
 Secrets of applications are not in here; a known application keeps its own.`;

/** The same config gives the same bytes. */
export function writeConfig({ fields, groups, applications }: Config): string {
  const document = new Document({
    profileFields: fields.map(shortField),
    groups: byName(groups).map(shortGroup),
    applications: byName(applications).map(shortApplication),
  });
  document.commentBefore = HEADING;
  visit(document, {
    Map(_, node, path) {
      if (isShort(node, path)) node.flow = true;
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && SEPARATE.has(String(pair.key.value))) pair.key.spaceBefore = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** A short name of the config: another as soon as anything in its file is another. */
export function versionOf(config: Config): string {
  return createHash('sha256').update(writeConfig(config)).digest('hex').slice(0, 32);
}

/** These begin after an empty line. */
const SEPARATE = new Set(['groups', 'applications']);
const ON_ONE_LINE = new Set(['profileFields', 'grant']);

/** Fields and entitlements read best as a line each, like a table. */
function isShort(node: Node, path: readonly unknown[]): boolean {
  const [pair, list] = [path.at(-2), path.at(-1)];
  if (!isSeq(list) || !isMap(node)) return false;
  const key = (pair as { key?: { value?: unknown } }).key?.value;
  const plain = node.items.every(({ value }) => isScalar(value) && !String(value.value).includes('\n'));
  return plain && ON_ONE_LINE.has(String(key));
}

const PLAIN_FIELD = { type: 'text', required: false, unique: false, format: null };

/** What a field of this name is where nothing else is said of it. */
export function unsaidField(name: string): ProfileField {
  const known = DEFAULT_PROFILE_FIELDS.find((field) => field.name === name);
  return known ?? { name, label: name, type: 'text', required: false, unique: false, format: null, custom: true };
}

function shortField({ custom: _custom, ...field }: ProfileField): object {
  return { name: field.name, ...without(field, unsaidField(field.name), ['label', ...Object.keys(PLAIN_FIELD)]) };
}

function shortGroup({ name, label, rule, children, members }: NamedGroup): object {
  return {
    name,
    ...(label === name ? {} : { label }),
    ...(rule === null ? {} : { rule }),
    ...(children.length > 0 ? { children: children.toSorted() } : {}),
    // Always said: a file that does not say who is a member leaves them as they are.
    members: members.toSorted(),
  };
}

function shortApplication(application: Application): object {
  const { name, label, connector, enabled, mode, scope, usernameAttribute, usernameSuffix, apiReserve } = application;
  const {
    settings,
    toggles,
    mappings,
    correlation,
    birthrights,
    groupPush,
    importMappings,
    removal,
    protect,
    transfer,
  } = application;
  return {
    name,
    label,
    connector,
    settings: inOrder(settings),
    ...(enabled ? {} : { enabled }),
    ...(mode === 'provision' ? {} : { mode }),
    ...some('toggles', without(toggles, ALL_TOGGLES)),
    scope,
    ...(protect.length > 0 ? { protect } : {}),
    usernameAttribute,
    ...(usernameSuffix === '' ? {} : { usernameSuffix }),
    mappings: mappings.map((mapping) => only(mapping, MAPPING_KEYS)),
    correlation: correlation.map((rule) => only(rule, ['attribute', 'expression'])),
    birthrights: birthrights.map(({ grant, ...rule }) => ({
      ...only(rule, ['name', 'when']),
      grant: grant.map((entitlement) => only(entitlement, ['type', 'name'])),
    })),
    ...(groupPush.length > 0 ? { groupPush: groupPush.map((rule) => only(rule, ['groups', 'type', 'name'])) } : {}),
    ...(importMappings.length > 0
      ? { importMappings: importMappings.map((rule) => only(rule, ['field', 'attribute', 'expression', 'constant'])) }
      : {}),
    ...some('removal', without(removal, DEFAULT_REMOVAL)),
    ...(transfer.length > 0 ? { transfer: transfer.map((rule) => only(rule, ['objects', 'to'])) } : {}),
    ...(apiReserve === UNSAID_RESERVE ? {} : { apiReserve }),
  };
}

const UNSAID_RESERVE = 0.1;
const MAPPING_KEYS = [
  'attribute',
  'field',
  'constant',
  'expression',
  'default',
  'whenEmpty',
  'onCreateOnly',
  'alternatives',
];

/** These parts in this order, those that are said. */
function only(value: object, keys: readonly string[]): object {
  const known = value as Record<string, unknown>;
  return Object.fromEntries(keys.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]]])));
}

/** The parts that are not what they are where nothing is said. */
function without<T extends object>(value: T, unsaid: T, keys: readonly string[] = Object.keys(unsaid)): object {
  const [known, usual] = [value as Record<string, unknown>, unsaid as Record<string, unknown>];
  return only(
    value,
    keys.filter((key) => known[key] !== usual[key]),
  );
}

function some(key: string, value: object): object {
  return Object.keys(value).length > 0 ? { [key]: value } : {};
}

/** The directory does not keep the order of settings. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, inOrder(one)]));
}

function byName<T extends { name: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
