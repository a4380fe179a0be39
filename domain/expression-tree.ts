/** The tree that an expression is read into. */
import type { ASTNode } from '@marcbachmann/cel-js';

/** What goes through a list with a variable of its own: the first thing in its brackets. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** What a node is made of, in the order in which it is written. */
export function partsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '&&':
    case '||':
    case '?:':
    case 'list':
    case '[]':
    case '[?]':
      return node.args;
  }
}

/** The type that the checker found, in CEL's words; undefined before it was there. */
export function typeOf(node: ASTNode): string | undefined {
  return (node as { checkedType?: { name: string } }).checkedType?.name;
}
