/** Text that people write, as it may be stored, logged and shown on a terminal. */

/** No control characters, which no database or terminal should be given, and so no line breaks either. */
// oxlint-disable-next-line no-control-regex -- control characters are what is refused here
export const ONE_LINE = /^[^\u0000-\u001f\u007f]*$/;

/** No half of a surrogate pair, which no database takes. */
export function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDFFF]/u.test(text);
}

// oxlint-disable-next-line no-control-regex -- control characters are what is refused here
const SEVERAL_LINES = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/;

/** Whether text of one line or several can be stored and shown: well-formed, no control characters but tabs and line breaks. */
export function isPlainText(text: string): boolean {
  return isWellFormed(text) && SEVERAL_LINES.test(text);
}

/** What is wrong with a line that somebody has to write, or undefined: `must say something`. */
export function lineFault(text: string, most: number): string | undefined {
  if (text.trim() === '') return 'must say something';
  if (text.length > most) return `must have at most ${most} characters`;
  if (!isWellFormed(text)) return 'must be well-formed text';
  return ONE_LINE.test(text) ? undefined : 'must be one line without control characters';
}

/** No more of what somebody wrote is repeated in a message. */
const REPEATED = 200;

/** The text as messages repeat it: its beginning, where it is long. */
export function shortened(text: string, most = REPEATED): string {
  return text.length > most ? `${text.slice(0, isWellFormed(text.slice(0, most)) ? most : most - 1)}…` : text;
}

/** What databases do not take in a text, or undefined. */
export function storageFault(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return isWellFormed(text) ? undefined : 'must be well-formed text';
}
