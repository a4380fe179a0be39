/** Reading a config file: strictly, and with the line of everything that is wrong. */
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, type Document } from 'yaml';
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

const LARGEST_FILE = 10 * 1024 * 1024;
/** How often a file may say "the same as there". */
const MOST_ALIASES = 100;
const MOST_FAULTS = 100;

/** Reads a file's text. Throws ConfigFileError. */
export function readConfig(text: string): ConfigFile {
  if (Buffer.byteLength(text) > LARGEST_FILE) throw refused('file', 'has more than 10 MB');
  const { document, lines } = parsed(text);
  const located = (faults: readonly Fault[]): FileFault[] =>
    faults.map((fault) => ({ ...fault, ...positionOf(document, lines, fault.field) }));
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
  } as const;
  const document = parseDocument(text, options);
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    field: code === 'DUPLICATE_KEY' ? wordAt(text, pos) : 'file',
    problem: code === 'DUPLICATE_KEY' ? 'is there twice' : `is not YAML here: ${message}`,
    ...at(lines, pos[0]),
  }));
  if (faults.length > 0) throw new ConfigFileError(faults.slice(0, MOST_FAULTS));
  return { document, lines };
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
  const names = entries.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
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

/** Where a field is, or as much of it as the file has. */
function positionOf(document: Document.Parsed, lines: LineCounter, field: string): { line: number; column: number } {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  let rest = field;
  while (rest !== '') {
    const step = partsOf(resolved(node, document), document).find(
      ({ key }) => rest === key || rest.startsWith(`${key}.`),
    );
    if (!step) break;
    offset = step.offset ?? offset;
    node = step.node;
    rest = rest.slice(step.key.length + 1);
  }
  return at(lines, offset);
}

interface Part {
  key: string;
  node: unknown;
  offset: number | undefined;
}

/** What is directly inside, the longest names first. */
function partsOf(node: unknown, document: Document.Parsed): Part[] {
  const parts: Part[] = [];
  if (isMap(node))
    for (const { key, value } of node.items) parts.push({ key: keyText(key), node: value, offset: offsetOf(key) });
  if (isSeq(node))
    for (const [index, item] of node.items.entries()) {
      const entry = resolved(item, document);
      const name = isMap(entry) ? NAMES.map((key) => entry.get(key)).find((one) => typeof one === 'string') : undefined;
      parts.push({ key: String(index), node: item, offset: offsetOf(item) });
      if (typeof name === 'string' && name !== '') parts.push({ key: name, node: item, offset: offsetOf(item) });
    }
  return parts.toSorted((a, b) => b.key.length - a.key.length);
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

function wordAt(text: string, [from, to]: [number, number]): string {
  return /^["']?([^"':\s]*)/.exec(text.slice(from, Math.max(to, from + 80)))?.[1] || 'key';
}
