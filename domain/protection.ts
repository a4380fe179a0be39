/** Protection: accounts that are kept from any change: by an application's rules, such as the administrators', and Joinery's own. */
import type { Account } from './account.ts';
import type { Application } from './application.ts';
import type { Expressions } from './expression.ts';

/** Why nothing is done to the account that Joinery signs in with: it would lock itself out. */
export const OWN_ACCOUNT = 'it is the account Joinery signs in with';

/**
 * Why the account is never touched: it is the one with the native id `self`, or the first of the application's rules that
 * protects it; undefined when it may be. Throws ExpressionError when a rule can not be computed: what may be protected is
 * not touched.
 */
export function protectedBy(
  { protect }: Pick<Application, 'protect'>,
  account: Account,
  expressions: Pick<Expressions, 'meets'>,
  self?: string,
): string | undefined {
  if (account.nativeId === self) return OWN_ACCOUNT;
  return protect.find((condition) => expressions.meets(condition, account));
}
