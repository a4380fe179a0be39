/** Protection: accounts that an application's rules keep from any change, such as the administrators'. */
import type { Account } from './account.ts';
import type { Application } from './application.ts';
import type { Expressions } from './expression.ts';

/**
 * The first of the application's rules that protects the account; undefined when none does. Throws ExpressionError when a
 * rule can not be computed: what may be protected is not touched.
 */
export function protectedBy(
  { protect }: Pick<Application, 'protect'>,
  account: Account,
  expressions: Pick<Expressions, 'meets'>,
): string | undefined {
  return protect.find((condition) => expressions.meets(condition, account));
}
