/** A language: expressions over one set of variables. Whatever it runs was read, checked and reckoned first. */
import { Environment } from '@marcbachmann/cel-js';
import { highestCost, type Size } from './expression-cost.ts';
import { EXPRESSION_FUNCTIONS, type ExpressionFunction } from './expression-functions.ts';
import { inspect, inspectTypes, LONGEST_EXPRESSION, type Mentions } from './expression-safety.ts';
import { isPlainText, shortened } from './text.ts';
import { usualTimeZone } from './time-zone.ts';

export interface Variable {
  /** In CEL's words: `string`, `list<string>`. */
  type: string;
  /** How large a value can be. */
  size: Size;
}

/** An expression that may run. */
export interface Program extends Mentions {
  /** What it gives, in CEL's words. */
  type: string;
  /** Throws what goes wrong. */
  run: (values: Values) => unknown;
}

/** By variable, without prototype. */
export type Values = Record<string, unknown>;

export interface Language {
  /** The program, kept; or what is wrong with the expression in one sentence. Never throws. */
  compile(expression: string): Program | string;
}

/** `elsewhere` says of a variable that is unknown here where it is known. */
export function createLanguage(
  variables: ReadonlyMap<string, Variable>,
  elsewhere: (variable: string) => string | undefined,
): Language {
  const environment = createEnvironment(variables);
  const names = new Set(variables.keys());
  const sizes = new Map([...variables].map(([name, { size }]) => [name, size]));
  const compiled = new Map<string, Program | string>();
  let kept = 0;

  function compile(expression: string): Program | string {
    const program = environment.parse(expression);
    const mentions = inspect(program.ast, names, elsewhere);
    if (typeof mentions === 'string') return shortened(mentions, LONGEST_SENTENCE);
    const checked = program.check();
    if (!checked.valid) return explained(checked.error);
    const mistyped = inspectTypes(program.ast);
    if (mistyped) return mistyped;
    const cost = highestCost({ root: program.ast, length: expression.length }, sizes, FUNCTIONS);
    if (cost > HIGHEST_COST)
      return `could take too long: at worst ${Math.ceil(cost / HIGHEST_COST)} times what is allowed`;
    return { ...mentions, type: String(checked.type), run: (values) => quickly(program, values) };
  }

  return {
    compile(expression) {
      let known = compiled.get(expression);
      if (known === undefined) {
        if (expression.length > LONGEST_EXPRESSION) return `has more than ${LONGEST_EXPRESSION} characters`;
        if (!isPlainText(expression)) return 'has characters that are no text: control characters, or halves of one';
        known = attempt(() => compile(expression));
        kept += expression.length;
        if (kept > MOST_KEPT) {
          compiled.clear();
          kept = expression.length;
        }
        compiled.set(expression, known);
      }
      return known;
    },
  };
}

const LONGEST_SENTENCE = 300;
/** In nanoseconds. */
const HIGHEST_COST = 50_000_000;
/** Characters: more than any policy has. A program takes some 250 bytes for each, and one draft after another may be checked. */
const MOST_KEPT = 500_000;

const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(
  EXPRESSION_FUNCTIONS.map((one) => [`${nameOf(one.signature)}/${parametersOf(one.signature).length}`, one]),
);

function createEnvironment(variables: ReadonlyMap<string, Variable>): Environment {
  const environment = WITHOUT_VARIABLES.clone();
  for (const [name, { type }] of variables) environment.registerVariable(name, type);
  // Learning the time zones takes long the first time, which no evaluation should pay.
  usualTimeZone('UTC');
  return environment;
}

/** Without the stacks of errors: of those that CEL survives by itself there may be thousands, and a stack costs most of each. */
function quickly(program: (values: Values) => unknown, values: Values): unknown {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return program(values);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const RECKONING: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

const WITHOUT_VARIABLES = createFunctions();

function createFunctions(): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 200 },
  });
  for (const { signature, run } of EXPRESSION_FUNCTIONS) environment.registerFunction(signature, run, { async: false });
  // Number fields are doubles, and people write 2, not 2.0.
  environment.registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b));
  for (const [operator, reckon] of Object.entries(RECKONING)) {
    const run = (a: number | bigint, b: number | bigint) => reckon(Number(a), Number(b));
    environment.registerOperator(`double ${operator} int: double`, run);
    environment.registerOperator(`int ${operator} double: double`, run);
  }
  return environment;
}

function attempt(compile: () => Program | string): Program | string {
  try {
    return compile();
  } catch (error) {
    return explained(error);
  }
}

/** What the parser or the checker says, in one short sentence; for a function, how it is to be called. */
function explained(error: unknown): string {
  const said = sentenceOf(error);
  if (said.startsWith('Maximum call stack')) return 'is nested too deeply';
  if (said.startsWith('Exceeded maxAstNodes')) return 'is too large: it has more than 500 parts';
  if (said.startsWith('Exceeded maxDepth')) return 'is nested too deeply';
  const called = /^found no matching overload for '(\w+)\(/.exec(said)?.[1];
  const ways = EXPRESSION_FUNCTIONS.filter(({ signature }) => nameOf(signature) === called);
  return ways.length === 0
    ? said
    : `${said}; it takes ${ways
        .slice(0, 3)
        .map(({ signature }) => parametersOf(signature).join(', '))
        .join(' or ')}`;
}

/** The first line of what an error says, shortened; without the key that was looked for, which may be somebody's. */
export function sentenceOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  if (said.startsWith('No such key: index')) return 'the index is out of bounds';
  if (said.startsWith('No such key')) return 'no key of the map equals what is looked for';
  if (said.startsWith('integer overflow')) return 'a whole number grows too large';
  return shortened(said.split('\n', 1)[0] ?? '', LONGEST_SENTENCE);
}

function nameOf(signature: string): string {
  return signature.slice(0, signature.indexOf('('));
}

function parametersOf(signature: string): string[] {
  return signature.slice(signature.indexOf('(') + 1, signature.lastIndexOf(')')).split(', ');
}
