/** Reading a config file: strictly, and with the line of everything that is wrong. */
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { z } from 'zod';
import type { Application } from '#domain/application.ts';
import type { Group } from '#domain/group.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { PROFILE_FIELD_TYPES, type ProfileField } from '#domain/profile-field.ts';
import { applicationSchema } from './application-document.ts';
import { unsaidField } from './config-file.ts';

/** Something wrong in a file; line and column from 1. */
export interface FileFault extends Fault {
  line: number;
  column: number;
}

/** The file was refused; everything that is wrong with it is named and nothing was stored. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
  readonly faults: FileFault[];

  constructor(faults: FileFault[]) {
    super(faults.map(({ line, field, problem }) => `line ${line}: ${field} ${problem}`).join('; '));
    this.faults = faults;
  }
}

/** By the secret's own fields: which environment variable holds the value. */
export type SecretSource = Record<string, { env: string }>;

/** What a file says. Of groups without `members` nothing is said of who is named. */
export interface ConfigFile {
  fields: ProfileField[];
  groups: (Group & { members?: string[] })[];
  applications: { application: Application; secret?: SecretSource }[];
  /** Faults that were found later, with their lines. */
  located(faults: readonly Fault[]): FileFault[];
}

const LARGEST_FILE = 4 * 1024 * 1024;
/** How often a file may say "the same as there". */
const MOST_ALIASES = 100;
const MOST_FAULTS = 100;

/** Reads a file's text. Throws ConfigFileError. */
export function readConfig(text: string): ConfigFile {
  if (Buffer.byteLength(text) > LARGEST_FILE) throw refused('file', 'has more than 4 MB');
  const { document, lines } = parsed(text);
  const located = (faults: readonly Fault[]): FileFault[] => {
    const parts = remembered((node: object) => partsOf(node, document));
    return faults.map((fault) => ({ ...fault, ...positionOf(document, lines, fault.field, parts) }));
  };
  const value = valueOf(document);
  const shape = configSchema.safeParse(value ?? {});
  if (!shape.success) {
    const faults = shape.error.issues.flatMap((issue) => shapeFaults(issue, value));
    throw new ConfigFileError(located(faults.slice(0, MOST_FAULTS)));
  }
  const { profileFields, groups, applications } = shape.data;
  const twice = [
    ...namesTwice('profileFields', profileFields),
    ...namesTwice('groups', groups),
    ...namesTwice('applications', applications),
  ];
  if (twice.length > 0) throw new ConfigFileError(located(twice));
  return {
    fields: profileFields.map(readField),
    groups: groups.map(({ members, ...group }) => ({
      ...group,
      label: group.label ?? group.name,
      children: [...new Set(group.children)].toSorted(),
      ...(members ? { members: [...new Set(members)].toSorted() } : {}),
    })),
    applications: applications.map(({ secret, ...application }) => ({ application, ...(secret ? { secret } : {}) })),
    located,
  };
}

const TEXT = 'must be text; put it in quotes';
const text = z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : TEXT) });
const fieldSchema = z.strictObject({
  name: text,
  label: text.optional(),
  type: z.enum(PROFILE_FIELD_TYPES).optional(),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  format: text.nullable().optional(),
});
const groupSchema = z.strictObject({
  name: text,
  label: text.optional(),
  rule: text.nullable().default(null),
  children: z.array(text).default([]),
  members: z.array(text).optional(),
});
const secretSchema = z.record(
  z.string(),
  z.strictObject(
    { env: z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable') },
    { error: 'may not be in a file: write { env: NAME } and set the environment variable NAME where it is applied' },
  ),
);
const configSchema = z.strictObject({
  profileFields: z.array(fieldSchema).default([]),
  groups: z.array(groupSchema).default([]),
  applications: z.array(applicationSchema.extend({ secret: secretSchema.optional() })).default([]),
});

function readField({ name, ...said }: z.output<typeof fieldSchema>): ProfileField {
  const unsaid = unsaidField(name);
  return {
    ...unsaid,
    label: said.label ?? unsaid.label,
    type: said.type ?? unsaid.type,
    required: said.required ?? unsaid.required,
    unique: said.unique ?? unsaid.unique,
    format: said.format === undefined ? unsaid.format : said.format,
  };
}

function parsed(text: string): { document: Document.Parsed; lines: LineCounter } {
  if (isTooDeep(text)) throw refused('file', `is nested more than ${DEEPEST} deep`);
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    stringKeys: true,
    // The parser would hold each key against all before it: minutes, in a file of one long map.
    uniqueKeys: false,
  } as const;
  const document = parseDocument(text, options);
  const broken = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    field: 'file',
    problem: `is not YAML here: ${message}`,
    ...at(lines, pos[0]),
  }));
  const faults = broken.length > 0 ? broken : keysTwice(document, lines);
  if (faults.length > 0) throw new ConfigFileError(faults.slice(0, MOST_FAULTS));
  return { document, lines };
}

function keysTwice(document: Document.Parsed, lines: LineCounter): FileFault[] {
  const faults: FileFault[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = keyText(key);
        if (seen.has(name)) faults.push({ field: name, problem: 'is there twice', ...at(lines, offsetOf(key) ?? 0) });
        seen.add(name);
      }
    },
  });
  return faults;
}

function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof ReferenceError)
      throw refused(
        'file',
        `says "the same as there" (*name) more than ${MOST_ALIASES} times, or of what is not there`,
      );
    throw error;
  }
}

const DEEPEST = 50;

/** What is nested too deep takes a parser minutes; its words can be told apart in no time. */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  let onLine = 0;
  for (const word of new Lexer().lex(text)) {
    if (word === '[' || word === '{') brackets += 1;
    else if (word === ']' || word === '}') brackets -= 1;
    else if (word.startsWith('\n') || word.startsWith('\r')) onLine = 0;
    else if (brackets === 0 && (word === '-' || word === ':' || word === '?')) onLine += 1;
    if (brackets > DEEPEST || onLine > DEEPEST) return true;
  }
  return false;
}

function refused(field: string, problem: string): ConfigFileError {
  return new ConfigFileError([{ field, problem, line: 1, column: 1 }]);
}

function namesTwice(list: string, entries: readonly { name: string }[]): Fault[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of entries) (seen.has(name) ? twice : seen).add(name);
  return [...twice].map((name) => ({ field: `${list}.${name}`, problem: 'is there twice' }));
}

function shapeFaults(issue: z.core.$ZodIssue, value: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: named([...issue.path, key], value), problem: 'is not known here' }));
  return [{ field: named(issue.path, value) || 'file', problem: issue.message }];
}

/** `applications.crm.mappings.Title.field`: what is in a list by its name, or by its position. */
function named(path: readonly PropertyKey[], value: unknown): string {
  let here = value;
  const words = path.map((part) => {
    const list = Array.isArray(here);
    here = (here as Record<PropertyKey, unknown> | undefined)?.[part];
    return String((list && nameIn(here)) || String(part));
  });
  return words.join('.');
}

const NAMES = ['name', 'attribute'];

function nameIn(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const found = NAMES.map((key) => (entry as Record<string, unknown>)[key]).find((name) => typeof name === 'string');
  return typeof found === 'string' && found !== '' ? found : undefined;
}

interface Part {
  node: unknown;
  offset: number | undefined;
}

/** Where a field is, or as much of it as the file has. */
function positionOf(
  document: Document.Parsed,
  lines: LineCounter,
  field: string,
  partsIn: (node: object) => ReadonlyMap<string, Part>,
): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  let words = field.split('.');
  while (words.length > 0) {
    const here = resolved(node, document);
    const parts = typeof here === 'object' && here !== null ? partsIn(here) : undefined;
    // A name may have a dot in it: the longest that is there is meant.
    const length = words.findLastIndex((_, last) => parts?.has(words.slice(0, last + 1).join('.'))) + 1;
    const part = parts?.get(words.slice(0, length).join('.'));
    if (!part) break;
    offset = part.offset ?? offset;
    node = part.node;
    words = words.slice(length);
  }
  return at(lines, offset);
}

/** What is directly inside: in a list by position, and by name where there is one. */
function partsOf(node: object, document: Document.Parsed): Map<string, Part> {
  const parts = new Map<string, Part>();
  if (isMap(node))
    for (const { key, value } of node.items) parts.set(keyText(key), { node: value, offset: offsetOf(key) });
  if (isSeq(node))
    for (const [index, item] of node.items.entries()) {
      const entry = resolved(item, document);
      const name = isMap(entry) ? NAMES.map((key) => entry.get(key)).find((one) => typeof one === 'string') : undefined;
      const part = { node: item, offset: offsetOf(item) };
      parts.set(String(index), part);
      if (typeof name === 'string' && name !== '' && !parts.has(name)) parts.set(name, part);
    }
  return parts;
}

function remembered<K extends object, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? find(key);
    known.set(key, value);
    return value;
  };
}

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
