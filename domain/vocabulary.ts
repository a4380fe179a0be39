/** Vocabulary: what the rules of applications and groups speak of, held against the profile fields and groups there are. */
import { Environment } from '@marcbachmann/cel-js';
import type { Application } from './application.ts';
import { createExpressions, type ExpressionType } from './expression.ts';
import type { Group } from './group.ts';
import type { ProfileField } from './profile-field.ts';

/** The rules that are applied with a vocabulary. */
export interface Rules {
  applications: readonly Pick<
    Application,
    'name' | 'scope' | 'mappings' | 'correlation' | 'birthrights' | 'groupPush'
  >[];
  groups: readonly Group[];
}

/** Every rule that could not be applied with these profile fields, and why: `application crm, scope`. */
export function vocabularyFaults(rules: Rules, fields: readonly ProfileField[]): { field: string; problem: string }[] {
  const expressions = createExpressions(fields, rules.groups);
  const known = new Set(fields.map(({ name }) => name));
  const ofExpressions = expressionsIn(rules).flatMap(({ where, expression, type }) => {
    const problem = expressions.fault(expression, type);
    return problem === undefined ? [] : [{ field: where, problem: `${expression}: ${problem}` }];
  });
  const ofMappings = rules.applications.flatMap(({ name, mappings }) =>
    mappings
      .filter(({ field }) => field !== undefined && !known.has(field))
      .map(({ attribute, field }) => ({
        field: `application ${name}, mapping of ${attribute}`,
        problem: `maps the profile field ${field}, which there is none of`,
      })),
  );
  return [...ofExpressions, ...ofMappings];
}

/** Where a group is spoken of by its name: in expressions, in what is pushed, and in what is inside other groups. */
export function whereGroupIsNamed(name: string, rules: Rules, fields: readonly ProfileField[]): string[] {
  const variables = new Set(['employeeNumber', 'startDate', ...fields.map((field) => field.name)]);
  return [
    ...rules.groups
      .filter(({ children }) => children.includes(name))
      .map((parent) => `group ${parent.name}, inside it`),
    ...expressionsIn(rules)
      .filter(({ expression }) => namesGroup(expression, name, variables))
      .map(({ where, expression }) => `${where}: ${expression}`),
    ...rules.applications
      .filter(({ groupPush }) => groupPush.some(({ groups }) => groups.includes(name)))
      .map((application) => `application ${application.name}, groups that are pushed`),
  ];
}

/** Whether a condition speaks of the groups a person is in. False of what can not be read. */
export function speaksOfGroups(expression: string): boolean {
  const ast = parse(expression);
  return ast !== undefined && someNode(ast, (node) => node.op === 'id' && node.args === 'groups');
}

interface RuleInUse {
  /** Such as `application crm, birthright 2`. */
  where: string;
  expression: string;
  type: ExpressionType;
}

function expressionsIn({ applications, groups }: Rules): RuleInUse[] {
  const ofApplications = applications.flatMap(({ name, scope, mappings, correlation, birthrights }): RuleInUse[] => [
    { where: `application ${name}, scope`, expression: scope, type: 'condition' },
    ...mappings.flatMap(({ attribute, expression, alternatives = [] }): RuleInUse[] => [
      ...(expression === undefined
        ? []
        : [{ where: `application ${name}, mapping of ${attribute}`, expression, type: 'value' as const }]),
      ...alternatives.map((one, index) => ({
        where: `application ${name}, mapping of ${attribute}, alternative ${index + 1}`,
        expression: one,
        type: 'alternative' as const,
      })),
    ]),
    ...correlation.map(({ attribute, expression }) => ({
      where: `application ${name}, correlation by ${attribute}`,
      expression,
      type: 'value' as const,
    })),
    ...birthrights.map(({ name: called, when }, index) => ({
      where: `application ${name}, birthright ${called ?? index + 1}`,
      expression: when,
      type: 'condition' as const,
    })),
  ]);
  const ofGroups = groups.flatMap(({ name, rule }) =>
    rule === null ? [] : [{ where: `group ${name}, rule`, expression: rule, type: 'condition' as const }],
  );
  return [...ofApplications, ...ofGroups];
}

interface Node {
  op: string;
  args: unknown;
}

/** Whether the name stands in an expression that speaks of groups, other than as the value of a profile field. */
function namesGroup(expression: string, name: string, fields: ReadonlySet<string>): boolean {
  const ast = parse(expression);
  if (ast === undefined || !speaksOfGroups(expression)) return false;
  const isName = (node: Node) => node.op === 'value' && node.args === name;
  return someNode(ast, isName, (node) => isAboutField(node, fields));
}

/** `department == "Sales"`, `department in ["Sales"]` */
function isAboutField({ op, args }: Node, fields: ReadonlySet<string>): boolean {
  if (!['==', '!=', 'in'].includes(op) || !Array.isArray(args)) return false;
  const sides = args.filter(isNode);
  return (
    sides.some((side) => side.op === 'id' && fields.has(String(side.args))) &&
    sides.some((side) => side.op === 'value' || side.op === 'list')
  );
}

function parse(expression: string): Node | undefined {
  try {
    return new Environment().parse(expression).ast;
  } catch {
    return undefined;
  }
}

function someNode(node: Node, holds: (node: Node) => boolean, skips: (node: Node) => boolean = () => false): boolean {
  if (skips(node)) return false;
  return holds(node) || nodesIn(node.args).some((inner) => someNode(inner, holds, skips));
}

function nodesIn(args: unknown): Node[] {
  if (isNode(args)) return [args];
  return Array.isArray(args) ? args.flatMap(nodesIn) : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
