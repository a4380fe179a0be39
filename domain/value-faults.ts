/** Values that an attribute would not take, told from the application's schema. */
import type { AttributeValue } from './account.ts';
import type { AttributeDescription } from './application-schema.ts';

/** Kinds of value, in the words of messages. */
export type ValueKind = 'text' | 'a number' | 'yes or no';

/** By what an expression gives, in CEL's words. */
export const KINDS_BY_RESULT: Readonly<Record<string, ValueKind>> = {
  string: 'text',
  int: 'a number',
  double: 'a number',
  bool: 'yes or no',
};

/** The kind an attribute takes. */
export function kindTaken({ type }: AttributeDescription): ValueKind {
  if (type === 'number') return 'a number';
  return type === 'boolean' ? 'yes or no' : 'text';
}

/** What is wrong with a value, without the value itself, so that those of many people can be counted; undefined: nothing. */
export function valueFault(attribute: AttributeDescription, value: AttributeValue): string | undefined {
  if (value === null) return undefined;
  const taken = kindTaken(attribute);
  if (kindOf(value) !== taken) return `is ${kindOf(value)}, and ${attribute.name} takes ${taken}`;
  if (typeof value !== 'string') return undefined;
  const { picklist, length } = attribute;
  if (picklist && !valuesIn(value, picklist).every((one) => has(picklist, one))) return 'is not one of its values';
  if (attribute.type === 'date' && !/^\d{4}-\d{2}-\d{2}/.test(value)) return 'is not a day such as 2026-11-24';
  return length !== undefined && attribute.type !== 'reference' && value.trim().length > length
    ? `has more than ${length} characters`
    : undefined;
}

function kindOf(value: string | number | boolean): ValueKind {
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'yes or no' : 'text';
}

/** Several values of a multi-select picklist are one text. */
function valuesIn(value: string, picklist: string[]): string[] {
  return has(picklist, value) ? [value] : value.split(';');
}

function has(values: readonly string[], value: string): boolean {
  return values.some((one) => one.toLowerCase() === value.trim().toLowerCase());
}
