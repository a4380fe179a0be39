/** Username: what people sign in with, with the suffix that an application puts behind every one of them. */
import type { AttributeValue } from './account.ts';

/** How an application's usernames are made. */
export interface UsernameRule {
  /** Which mapping gives the name people sign in with. */
  usernameAttribute: string;
  /** Put behind every username, such as `.uat` in a sandbox; usually empty. */
  usernameSuffix: string;
}

/** The value with the suffix behind it, once, where the attribute is the username. */
export function withSuffix(rule: UsernameRule, attribute: string, value: AttributeValue): AttributeValue {
  return takesSuffix(rule, attribute, value) ? `${value}${rule.usernameSuffix}` : value;
}

/** Whether the suffix is still to be put behind the value. */
export function takesSuffix(rule: UsernameRule, attribute: string, value: AttributeValue): boolean {
  if (attribute !== rule.usernameAttribute || value === null) return false;
  return !comparable(value).endsWith(rule.usernameSuffix.toLowerCase());
}

/** The value as applications compare it: without regard to case. */
export function comparable(value: AttributeValue | undefined): string {
  return String(value ?? '').toLowerCase();
}
