/** What an expression may be made of: only what is named here, so that it always ends, and soon. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { DATE_UNITS, EXPRESSION_FUNCTIONS } from './expression-functions.ts';
import { COMPREHENSIONS, partsOf, typeOf } from './expression-tree.ts';
import { nearMiss } from './near-names.ts';

/** Longer ones are not even read. */
export const LONGEST_EXPRESSION = 10_000;

/** What an expression speaks of. */
export interface Mentions {
  variables: Set<string>;
  /** Groups that are looked for by name: `"Sales" in groups`, `groups.exists(g, g == "Sales")`. */
  groups: Set<string>;
  /** Entitlements of an account that are looked for by name likewise. */
  entitlements: Set<string>;
  /** Attributes that are read by name: `attributes["Email"]`. */
  attributes: Set<string>;
}

/** Names of the functions an expression may call. */
const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  ...EXPRESSION_FUNCTIONS.map(({ signature }) => signature.split('(')[0] ?? ''),
  'string',
  'int',
  'double',
  'size',
]);

const METHODS: ReadonlySet<string> = new Set([
  'contains',
  'startsWith',
  'endsWith',
  'indexOf',
  'lastIndexOf',
  'substring',
  'trim',
  'size',
  'split',
  'join',
  ...COMPREHENSIONS,
]);

const MATCHES = 'matches() is not available: it can take for ever on hostile text; write glob(text, "A*")';

const FUNCTIONS_INSTEAD: ReadonlyMap<string, string> = new Map([
  ['lowerAscii', 'lower(text)'],
  ['upperAscii', 'upper(text)'],
]);

const FORBIDDEN: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Goes through an expression that was read. Answers what it speaks of, or what is wrong with it in one sentence.
 * `elsewhere` says of a variable that is unknown here where it is known.
 */
export function inspect(
  root: ASTNode,
  known: ReadonlySet<string>,
  elsewhere: (variable: string) => string | undefined,
): Mentions | string {
  const mentions: Mentions = {
    variables: new Set(),
    groups: new Set(),
    entitlements: new Set(),
    attributes: new Set(),
  };
  /** What the variable of the comprehension around a node goes through. */
  let around: ASTNode | undefined;
  return fault(root, undefined) ?? mentions;

  /** `own` is the variable of the comprehension around the node. */
  function fault(node: ASTNode, own: string | undefined): string | undefined {
    if (node.op === 'id') return variableFault(node.args, own);
    if (node.op === '.' || node.op === '.?') return accessFault(node.args[0], node.args[1], own);
    if (node.op === '[]' || node.op === '[?]') {
      const [base, index] = node.args;
      return accessFault(base, index.op === 'value' ? index.args : undefined, own) ?? fault(index, own);
    }
    if (node.op === 'rcall' && COMPREHENSIONS.has(node.args[0])) {
      const [name, receiver, given] = node.args;
      return fault(receiver, own) ?? comprehensionFault(name, receiver, given, own);
    }
    if (node.op === 'in' || node.op === '==' || node.op === '!=') mentionNames(...node.args, own);
    return ownFault(node) ?? firstFault(partsOf(node), own);
  }

  function firstFault(nodes: readonly ASTNode[], own: string | undefined): string | undefined {
    for (const node of nodes) {
      const found = fault(node, own);
      if (found) return found;
    }
    return undefined;
  }

  function variableFault(name: string, own: string | undefined): string | undefined {
    if (FORBIDDEN.has(name)) return `${name} is not available`;
    if (name === own) return undefined;
    if (!known.has(name)) return unknownName('variable', name, known, elsewhere(name));
    if (name === ATTRIBUTES) return ONLY_BY_NAME;
    mentions.variables.add(name);
    return undefined;
  }

  function accessFault(base: ASTNode, key: unknown, own: string | undefined): string | undefined {
    if (FORBIDDEN.has(key)) return `${String(key)} is not available`;
    if (base.op !== 'id' || base.args !== ATTRIBUTES || !known.has(ATTRIBUTES)) return fault(base, own);
    if (typeof key !== 'string') return ONLY_BY_NAME;
    mentions.attributes.add(key);
    return undefined;
  }

  function comprehensionFault(
    name: string,
    receiver: ASTNode,
    [variable, ...bodies]: readonly ASTNode[],
    own: string | undefined,
  ): string | undefined {
    if (own !== undefined) return `${name}() inside another of ${[...COMPREHENSIONS].join(', ')} is not available`;
    if (variable?.op !== 'id') return `${name}() takes the name of a variable first, such as x`;
    const taken = FORBIDDEN.has(variable.args) || known.has(variable.args);
    if (taken) return `${name}() can not have a variable of its own called ${variable.args}`;
    around = receiver;
    return firstFault(bodies, variable.args);
  }

  /** Names that two sides of `in`, `==` or `!=` look for: one gives what there is, the other says what is meant. */
  function mentionNames(left: ASTNode, right: ASTNode, own: string | undefined): void {
    const through = (side: ASTNode) => (side.op === 'id' && side.args === own && around ? around : side);
    for (const [there, meant] of [
      [through(left), through(right)],
      [through(right), through(left)],
    ] as const) {
      const kind = namesOf(there);
      if (kind) for (const name of writtenTexts(meant)) mentions[kind].add(name);
    }
  }
}

/** Whether a node stands for the groups of a person or the entitlements of an account, or for some of them. */
function namesOf(node: ASTNode): 'groups' | 'entitlements' | undefined {
  if (node.op === 'id') return node.args === 'groups' || node.args === 'entitlements' ? node.args : undefined;
  return node.op === 'rcall' && node.args[0] === 'filter' ? namesOf(node.args[1]) : undefined;
}

const ATTRIBUTES = 'attributes';
/** Only of those that are named it is known that they are to be empty when absent. */
const ONLY_BY_NAME = 'attributes are read by their names: attributes["Email"]';

const LARGEST_NUMBER = 9_223_372_036_854_775_807n;

/** What is wrong with a node whatever it is made of. */
function ownFault(node: ASTNode): string | undefined {
  if (node.op === 'call') return callFault(...node.args);
  if (node.op === 'rcall') return methodFault(node.args[0]);
  if (node.op === 'value' && typeof node.args === 'bigint' && node.args > LARGEST_NUMBER)
    return `a whole number may be at most ${LARGEST_NUMBER}`;
  if (node.op !== '/' && node.op !== '%') return undefined;
  const [, divisor] = node.args;
  return divisor.op === 'value' && (divisor.args === 0n || divisor.args === 0) ? 'divides by zero' : undefined;
}

function callFault(name: string, given: readonly ASTNode[]): string | undefined {
  if (!FUNCTION_NAMES.has(name)) return unknownName('function', name, FUNCTION_NAMES);
  const unit = writtenText(given[name === 'dateDiff' ? 0 : 2]);
  if ((name === 'dateDiff' || name === 'dateAdd') && unit !== undefined && !DATE_UNITS.some((one) => one === unit))
    return `"${unit}" is no unit of dates: ${DATE_UNITS.join(', ')}`;
  return undefined;
}

function methodFault(name: string): string | undefined {
  if (name === 'matches') return MATCHES;
  const instead = FUNCTIONS_INSTEAD.get(name);
  if (instead) return `.${name}() is not available: write ${instead}`;
  return METHODS.has(name) ? undefined : unknownName('function', name, METHODS);
}

/** The text that is written there; of what is worked out, nothing. */
function writtenText(node: ASTNode | undefined): string | undefined {
  return node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

function writtenTexts(node: ASTNode): string[] {
  const written = node.op === 'list' ? node.args.map(writtenText) : [writtenText(node)];
  return written.filter((text) => text !== undefined);
}

function unknownName(kind: string, name: string, known: Iterable<string>, elsewhere?: string): string {
  const meant = elsewhere === undefined ? nearMiss(name, known) : undefined;
  const unknown = `Unknown ${kind}: ${name}`;
  if (elsewhere) return `${unknown} (${elsewhere})`;
  return meant ? `${unknown}; did you mean ${meant}?` : unknown;
}

/** What only types can tell of a checked expression: CEL's own `string` would write an unknown number as `NaN`. */
export function inspectTypes(node: ASTNode): string | undefined {
  const [given] = partsOf(node);
  if (node.op === 'call' && node.args[0] === 'string' && given && typeOf(given) === 'double')
    return 'string() takes no number that can be unknown: write text(...), which is then empty';
  return partsOf(node).map(inspectTypes).find(Boolean);
}
