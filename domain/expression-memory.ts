/** Expressions that are asked the same of a person several times over, by one policy for several applications or by two. */
import type { Expressions } from './expression.ts';
import type { Person } from './person.ts';

/**
 * The same answers, each worked out once for a person's object as long as nobody else is asked about in between. The object
 * must not be changed.
 */
export function rememberingPerson(expressions: Expressions): Expressions {
  let about: Person | undefined;
  let known = new Map<string, unknown>();
  const once =
    <T>(kind: string, ask: (expression: string, person: Person) => T) =>
    (expression: string, person: Person): T => {
      if (person !== about) [about, known] = [person, new Map()];
      const key = `${kind} ${expression}`;
      if (!known.has(key)) known.set(key, ask(expression, person));
      return known.get(key) as T;
    };
  return {
    ...expressions,
    value: once('value', (expression, person) => expressions.value(expression, person)),
    alternatives: once('alternatives', (expression, person) => expressions.alternatives(expression, person)),
    holds: once('holds', (expression, person) => expressions.holds(expression, person)),
  };
}
