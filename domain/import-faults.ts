/** Import faults: import mappings that no person could be made by, held against the profile fields and the application's schema. */
import type { AttributeDescription, Schema } from './application-schema.ts';
import { readFrom, type Expressions } from './expression.ts';
import type { Fault } from './hr-event-input.ts';
import type { ImportMapping } from './import-mapping.ts';
import { nearNames, SUGGESTION } from './near-names.ts';
import { valueProblem, type ProfileField } from './profile-field.ts';
import { shortened } from './text.ts';
import { KINDS_BY_RESULT, type ValueKind } from './value-faults.ts';

type Fields = readonly ProfileField[];

/** Everything that is wrong with what the mappings say by themselves, each named by its field: `importMappings.title`. */
export function importRuleFaults(
  mappings: readonly ImportMapping[],
  fields: Fields,
  expressions: Expressions,
): Fault[] {
  const named = mappings.map(({ field }) => field);
  const twice = new Set(named.filter((name, index) => named.indexOf(name) !== index));
  return [
    ...(mappings.length === 0 || named.includes('employeeNumber')
      ? []
      : [{ field: 'importMappings', problem: 'give no employeeNumber: nobody is known without one' }]),
    ...[...twice].map((name) => ({ field: placeOf(name), problem: 'is mapped more than once' })),
    ...mappings.flatMap((mapping) => faultsOfOne(mapping, fields, expressions)),
  ];
}

/**
 * What the application's schema shows to be wrong with them: values of another type, and what `unread` says of an attribute
 * that accounts are to be read with.
 */
export function importSchemaFaults(
  mappings: readonly ImportMapping[],
  { attributes }: Schema,
  expressions: Expressions,
  unread: (field: string, attribute: string) => Fault[],
): Fault[] {
  return mappings.flatMap(({ field, attribute, expression }) => {
    const named = expression === undefined ? attribute : expressions.attributesIn(expression, 'account value');
    const faults = [named ?? []].flat().flatMap((name) => unread(placeOf(field), name));
    const type = attributes.find(({ name }) => name === attribute)?.type;
    return faults.length > 0 || type === undefined ? faults : typeFaults(field, GIVEN[type], expressions);
  });
}

function faultsOfOne(
  { field: name, expression, constant }: ImportMapping,
  fields: Fields,
  expressions: Expressions,
): Fault[] {
  const field = placeOf(name);
  const known = readFrom(fields);
  if (!known.includes(name)) {
    const near = nearNames(name, known).join(', ');
    return [{ field, problem: `"${shortened(name)}" is not a profile field${SUGGESTION}${near}?` }];
  }
  if (expression !== undefined) {
    const problem = expressions.fault(expression, 'account value');
    if (problem !== undefined) return [{ field, problem: `${shortened(expression)}: ${problem}` }];
    return typeFaults(name, KINDS_BY_RESULT[expressions.typeOf(expression, 'account value') ?? ''], expressions);
  }
  if (constant === undefined) return [];
  const described = fields.find((one) => one.name === name);
  if (name === 'employeeNumber' || described?.unique)
    return [{ field, problem: 'is one person’s own: the same value for everybody fits one person only' }];
  const problem = valueProblem(described ?? { type: 'date', format: null }, String(constant));
  return problem === undefined ? [] : [{ field, problem: `${shortened(JSON.stringify(constant))} ${problem}` }];
}

function placeOf(name: string): string {
  return `importMappings.${shortened(name)}`;
}

const GIVEN: Partial<Record<AttributeDescription['type'], ValueKind>> = { number: 'a number', boolean: 'yes or no' };

/** A text may turn out to be what the field takes, and everything can be written as a text. */
function typeFaults(name: string, given: ValueKind | undefined, expressions: Expressions): Fault[] {
  const taken = KINDS_BY_RESULT[expressions.typeOf(name, 'value') ?? ''];
  if (given === undefined || given === 'text' || taken === undefined || taken === 'text' || given === taken) return [];
  return [{ field: placeOf(name), problem: `gives ${given}, and ${name} takes ${taken}` }];
}
