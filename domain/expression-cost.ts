/** What an expression can cost at most, reckoned from its form alone, so that it is refused before it ever runs. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { COMPREHENSIONS, partsOf } from './expression-tree.ts';
import { LONGEST_TEXT, searchCost, type ExpressionFunction } from './expression-functions.ts';

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
    if (node.op === 'value') return [NODE, typeof node.args === 'string' ? { length: node.args.length } : SCALAR];
    if (node.op === 'id') return [NODE, scope.get(node.args) ?? SCALAR];
    if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) return comprehension(...node.args, scope);
    const measured = partsOf(node).map((one) => measure(one, scope));
    const before = measured.reduce((total, [cost]) => total + cost, NODE);
    const [cost, size] = ownCost(
      node,
      measured.map(([, one]) => one),
      functions,
    );
    return [before + cost, size];
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

/** What a node does to values of these sizes, and how large what it gives can be. */
function ownCost(
  node: ASTNode,
  sizes: readonly Size[],
  functions: ReadonlyMap<string, ExpressionFunction>,
): [cost: number, size: Size] {
  const [first = SCALAR, second = SCALAR] = sizes;
  if (node.op === 'call') return callCost(functions.get(`${node.args[0]}/${sizes.length}`), sizes);
  if (node.op === 'rcall') return methodCost(node.args[0], first, second);
  if (node.op === 'list' || node.op === 'map') return [ITEM * sizes.length, listOf(sizes)];
  if (node.op === '.' || node.op === '.?' || node.op === '[]' || node.op === '[?]') return [0, first.each ?? SCALAR];
  if (node.op === '?:') return [0, larger(sizes.slice(1))];
  if (node.op === '+') {
    const size = together(sizes);
    return [ITEM * (size.items ?? 0), size];
  }
  // What compares texts or lists goes through them; the rest takes no longer than any node.
  const compared = sizes.filter((size) => size !== SCALAR);
  const touched = compared.reduce((total, { length, items = 0 }) => total + length + ITEM * items, 0);
  const sought = node.op === 'in' ? (second.items ?? 0) * Math.min(first.length, second.each?.length ?? 0) : 0;
  return [touched + sought, SCALAR];
}

/** Without a function it is one of CEL's own: size, string, int, double. */
function callCost(called: ExpressionFunction | undefined, sizes: readonly Size[]): [cost: number, size: Size] {
  const lengths = sizes.map(({ length }) => length);
  const [first = 0] = lengths;
  if (!called) return [20 * first, { length: Math.max(SCALAR.length, first) }];
  return [called.cost(lengths), { length: Math.min(LONGEST_TEXT, called.longest(lengths)) }];
}

function methodCost(name: string, receiver: Size, given: Size): [cost: number, size: Size] {
  const { length, items = 0 } = receiver;
  switch (name) {
    case 'contains':
    case 'indexOf':
    case 'lastIndexOf':
      return [searchCost(length, given.length), SCALAR];
    case 'split':
      return [searchCost(length, given.length) + ITEM * length, { length, items: length + 1, each: { length } }];
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
