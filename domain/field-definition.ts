/** Field definition: what an administrator may say of a profile field. */
import { columnCalled, plainTitle } from './column-title.ts';
import { RESERVED_NAMES } from './expression.ts';
import { LONGEST_GLOB } from './glob.ts';
import type { Fault } from './hr-event-input.ts';
import { FORMATS, type ProfileField } from './profile-field.ts';
import { lineFault } from './text.ts';

/**
 * What is wrong with the definition of a field, each named by its part; nothing when it may be stored, given what is known
 * of a field of this name, and the other fields. What a field was called before it may still be called.
 */
export function definitionFaults(
  { name, label, type, required, format, custom }: ProfileField,
  known: ProfileField | undefined,
  others: readonly ProfileField[],
): Fault[] {
  const faults: Fault[] = [];
  const fault = (part: string, problem: string | undefined) => {
    if (problem !== undefined) faults.push({ field: part, problem });
  };
  if (custom && known === undefined) fault('name', nameProblem(name, others));
  fault('label', lineFault(label, LONGEST_LABEL));
  if (label !== known?.label && plainTitle(label) !== plainTitle(name)) fault('label', titleProblem(label, others));
  if (!custom && known && type !== known.type)
    fault('type', `of the default field ${name} stays ${known.type}; define a field of your own`);
  if (name === 'familyName' && !required) fault('required', 'can not be taken from familyName: everybody has a name');
  if (format !== null && type !== 'text') fault('format', `is for text; a ${type} is always written one way`);
  else if (format !== null) fault('format', formatProblem(format));
  return faults;
}

const LONGEST_LABEL = 100;

function formatProblem(format: string): string | undefined {
  if (FORMATS.has(format)) return undefined;
  const problem = lineFault(format, LONGEST_GLOB);
  if (problem !== undefined || /[*?]/.test(format)) return problem;
  return `must be ${[...FORMATS.keys()].join(', ')} or a pattern with * and ?, such as CC-*`;
}

function nameProblem(name: string, others: readonly ProfileField[]): string | undefined {
  if (!/^[a-z][A-Za-z0-9]{0,62}$/.test(name)) return 'must be a lower-case letter, then up to 62 letters and digits';
  return RESERVED_NAMES.has(name) || OTHER_NAMES.has(name)
    ? `${name} means something else in expressions or code: choose another`
    : titleProblem(name, others);
}

/** A column of a CSV file is called as a field or its label; each title has to mean one thing. */
function titleProblem(title: string, others: readonly ProfileField[]): string | undefined {
  const column = columnCalled(title);
  if (column !== undefined) return `"${title}" is what files call ${column}: choose another`;
  const plain = plainTitle(title);
  const other = others.find(({ name, label }) => [name, label].some((one) => plainTitle(one) === plain));
  return other && `"${title}" is what ${other.name} (${other.label}) is called: files could not tell them apart`;
}

/** What every JavaScript object has, and functions. */
const OTHER_NAMES: ReadonlySet<string> = new Set(['size', ...Object.getOwnPropertyNames(Object.prototype)]);
