/** Names of people as applications can write them. */

/**
 * The text in ASCII: accents are taken off (`Zoë` is `Zoe`, `Müller` is `Muller`), ligatures and letters like `ß` are
 * spelled out, what is left beyond ASCII is dropped. Case, spaces and punctuation stay.
 */
export function ascii(text: string): string {
  return text.normalize('NFKD').replace(/[^\x20-\x7e]/gu, (letter) => SPELLED_OUT[letter] ?? '');
}

/** A short name, such as `zangstro`: first letter and family name, lower-case letters and digits, at most eight. */
export function alias(givenName: string, familyName: string): string {
  return (plainWord(givenName).slice(0, 1) + plainWord(familyName)).slice(0, 8);
}

function plainWord(text: string): string {
  return ascii(text)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

/** What Unicode does not take apart. */
const SPELLED_OUT: Record<string, string> = {
  Æ: 'AE',
  æ: 'ae',
  Đ: 'D',
  đ: 'd',
  Ð: 'D',
  ð: 'd',
  Ħ: 'H',
  ħ: 'h',
  ı: 'i',
  Ł: 'L',
  ł: 'l',
  Ø: 'O',
  ø: 'o',
  Œ: 'OE',
  œ: 'oe',
  ß: 'ss',
  ẞ: 'SS',
  Þ: 'Th',
  þ: 'th',
  '’': "'",
};
