/** What an expression can cost at most, reckoned from its form alone, so that it is refused before it ever runs. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { LONGEST_TEXT, MOST_PARTS, searchCost, type ExpressionFunction } from './expression-functions.ts';

/** How large a value can be: characters, those of all items together for a list. */
export interface Size {
  length: number;
  /** Of a list or map: how many items, and how large each. */
  items?: number;
  each?: Size;
}

/** A list of at most so many texts of at most so many characters. */
export function listSize(items: number, length: number): Size {
  return { length: items * length, items, each: { length } };
}

const SCALAR: Size = { length: 25 };
/** Evaluating one node, besides what it does to its texts. */
const NODE = 100;
/** Looking at one item of a list. */
const ITEM = 50;

/**
 * Nanoseconds that evaluating needs at most, of variables at most so large; on a machine of today about half of that.
 * The names have to be known ones (see expression-safety.ts).
 */
export function highestCost(
  root: ASTNode,
  variables: ReadonlyMap<string, Size>,
  functions: ReadonlyMap<string, ExpressionFunction>,
): number {
  return measure(root, variables)[0];

  function measure(node: ASTNode, scope: ReadonlyMap<string, Size>): [cost: number, size: Size] {
    const all = (nodes: readonly ASTNode[]) => {
      const measured = nodes.map((one) => measure(one, scope));
      const cost = measured.reduce((total, [each]) => total + each, NODE);
      return { cost, sizes: measured.map(([, size]) => size) };
    };
    switch (node.op) {
      case 'value':
        return [NODE, typeof node.args === 'string' ? { length: node.args.length } : SCALAR];
      case 'id':
        return [NODE, scope.get(node.args) ?? SCALAR];
      case 'list': {
        const { cost, sizes } = all(node.args);
        return [cost + ITEM * sizes.length, listOf(sizes)];
      }
      case 'map': {
        const { cost, sizes } = all(node.args.flat());
        return [cost + ITEM * sizes.length, listOf(sizes)];
      }
      case '.':
      case '.?':
        return within(measure(node.args[0], scope));
      case '[]':
      case '[?]': {
        const [cost] = measure(node.args[1], scope);
        const [inside, size] = within(measure(node.args[0], scope));
        return [cost + inside, size];
      }
      case '?:': {
        const { cost, sizes } = all(node.args);
        return [cost, larger(sizes.slice(1))];
      }
      case '+': {
        const { cost, sizes } = all(node.args);
        const size = together(sizes);
        return [cost + ITEM * (size.items ?? 0), size];
      }
      case 'call': {
        const [name, given] = node.args;
        const { cost, sizes } = all(given);
        const lengths = sizes.map(({ length }) => length);
        const called = functions.get(`${name}/${given.length}`);
        if (!called) return [cost + 20 * (lengths[0] ?? 0), { length: Math.max(SCALAR.length, lengths[0] ?? 0) }];
        const length = Math.min(LONGEST_TEXT, called.longest(lengths));
        return [cost + called.cost(lengths), called.signature.endsWith('list<string>') ? partsOf(length) : { length }];
      }
      case 'rcall': {
        const [name, receiver, given] = node.args;
        if (COMPREHENSIONS.has(name)) return comprehension(name, receiver, given, scope);
        const { cost, sizes } = all([receiver, ...given]);
        const [more, size] = method(name, sizes[0] ?? SCALAR, sizes[1] ?? SCALAR);
        return [cost + more, size];
      }
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'in':
      case '-':
      case '*':
      case '/':
      case '%':
      case '&&':
      case '||':
      case '!_':
      case '-_': {
        // What compares texts or lists goes through them; the rest takes no longer than any node.
        const { cost, sizes } = all(Array.isArray(node.args) ? node.args : [node.args]);
        const compared = sizes.filter((size) => size !== SCALAR);
        const touched = compared.reduce((total, { length, items = 0 }) => total + length + ITEM * items, 0);
        return [cost + (node.op === 'in' ? membership(sizes) : 0) + touched, SCALAR];
      }
    }
  }

  function comprehension(
    name: string,
    receiver: ASTNode,
    [variable, ...bodies]: readonly ASTNode[],
    scope: ReadonlyMap<string, Size>,
  ): [number, Size] {
    const [before, list] = measure(receiver, scope);
    const { items = 0, each = SCALAR } = list;
    const inside = new Map(scope).set(variable?.op === 'id' ? variable.args : '', each);
    const measured = bodies.map((body) => measure(body, inside));
    const cost = before + NODE + items * measured.reduce((total, [one]) => total + one, 2 * NODE);
    if (name === 'filter') return [cost, list];
    if (name !== 'map') return [cost, SCALAR];
    const made = measured.at(-1)?.[1] ?? SCALAR;
    return [cost, { length: items * made.length, items, each: made }];
  }
}

/** What goes through a list with a variable of its own. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

function method(name: string, receiver: Size, given: Size): [cost: number, size: Size] {
  const { length, items = 0 } = receiver;
  switch (name) {
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      return [searchCost(length, given.length), SCALAR];
    case 'join': {
      const joined = length + items * given.length;
      return [joined + ITEM * items, { length: joined }];
    }
    case 'substring':
    case 'trim':
      return [length, { length }];
    case 'startsWith':
    case 'endsWith':
      return [length + given.length, SCALAR];
    default:
      return [20 * length, SCALAR];
  }
}

function partsOf(length: number): Size {
  return { length, items: MOST_PARTS, each: { length } };
}

function within([cost, { each = SCALAR }]: [number, Size]): [number, Size] {
  return [cost + NODE, each];
}

function membership([value = SCALAR, list = SCALAR]: readonly Size[]): number {
  return (list.items ?? 0) * Math.min(value.length, list.each?.length ?? 0);
}

function listOf(sizes: readonly Size[]): Size {
  return {
    length: sizes.reduce((total, { length }) => total + length, 0),
    items: sizes.length,
    each: larger(sizes),
  };
}

function together(sizes: readonly Size[]): Size {
  const length = sizes.reduce((total, size) => total + size.length, 0);
  if (sizes.every(({ items }) => items === undefined)) return { length };
  return {
    length,
    items: sizes.reduce((total, { items = 0 }) => total + items, 0),
    each: larger(sizes.flatMap(({ each }) => each ?? [])),
  };
}

function larger(sizes: readonly Size[]): Size {
  const length = sizes.reduce((most, size) => Math.max(most, size.length), 0);
  const each = sizes.flatMap((size) => size.each ?? []);
  if (each.length === 0) return { length };
  return { length, items: sizes.reduce((most, { items = 0 }) => Math.max(most, items), 0), each: larger(each) };
}
