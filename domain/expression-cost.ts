/** What an expression can cost at most, reckoned from its form alone, so that it is refused before it ever runs. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { COMPREHENSIONS, partsOf, typeOf } from './expression-tree.ts';
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
/** Failing, besides what finding the place in the expression takes: so many for each of its characters. */
const FAILURE = 12_000;
const PLACE = 20;

/** What a node can cost, how large what it gives can be, and whether it can fail. */
type Measured = [cost: number, size: Size, fails: boolean];

/**
 * Nanoseconds that evaluating needs at most, of variables at most so large; on a machine of today about half of that.
 * The names have to be known ones (see expression-safety.ts).
 */
export function highestCost(
  { root, length }: { root: ASTNode; length: number },
  variables: ReadonlyMap<string, Size>,
  functions: ReadonlyMap<string, ExpressionFunction>,
): number {
  const failure = FAILURE + PLACE * length;
  return measure(root, variables)[0] + failure;

  function measure(node: ASTNode, scope: ReadonlyMap<string, Size>): Measured {
    if (node.op === 'value')
      return [NODE, typeof node.args === 'string' ? { length: node.args.length } : SCALAR, false];
    if (node.op === 'id') return [NODE, scope.get(node.args) ?? SCALAR, false];
    if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) return comprehension(...node.args, scope);
    const measured = partsOf(node).map((one) => measure(one, scope));
    const sizes = measured.map(([, one]) => one);
    const before = measured.reduce((total, [cost]) => total + cost, NODE);
    const [cost, size] = ownCost(node, sizes, functions);
    // Where a failed operand does not end it all, each can fail, every time.
    const failing = measured.filter(([, , fails]) => fails).length;
    const survived = node.op === '&&' || node.op === '||' ? failing * failure : 0;
    return [before + cost + survived, size, failing > 0 || canFail(node, sizes, functions)];
  }

  function comprehension(
    name: string,
    receiver: ASTNode,
    [variable, ...bodies]: readonly ASTNode[],
    scope: ReadonlyMap<string, Size>,
  ): Measured {
    const [before, list, receiverFails] = measure(receiver, scope);
    const { items = 0, each = SCALAR } = list;
    const inside = new Map(scope).set(variable?.op === 'id' ? variable.args : '', each);
    const measured = bodies.map((body) => measure(body, inside));
    const bodyFails = measured.some(([, , one]) => one);
    const fails = receiverFails || bodyFails;
    const survived = bodyFails && (name === 'all' || name === 'exists') ? failure : 0;
    const cost = before + NODE + items * measured.reduce((total, [one]) => total + one, 2 * NODE + survived);
    if (name === 'filter') return [cost, list, fails];
    if (name !== 'map') return [cost, SCALAR, fails];
    const made = measured.at(-1)?.[1] ?? SCALAR;
    return [cost, { length: items * made.length, items, each: made }, fails];
  }
}

/** Whether a node can fail by what it is given, whatever its parts do: an index, a conversion, what outgrows a number. */
function canFail(node: ASTNode, sizes: readonly Size[], functions: ReadonlyMap<string, ExpressionFunction>): boolean {
  if (READING.has(node.op)) return true;
  if (RECKONING.has(node.op)) return typeOf(node) === 'int';
  if (node.op === 'rcall') return node.args[0] === 'substring';
  if (node.op !== 'call') return false;
  return functions.get(`${node.args[0]}/${sizes.length}`)?.canFail(sizes.map(({ length }) => length)) ?? true;
}

const READING: ReadonlySet<string> = new Set(['.', '.?', '[]', '[?]']);
const RECKONING: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '-_']);

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
