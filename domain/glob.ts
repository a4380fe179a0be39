/** Glob: `*` stands for any characters, also none, and `?` for one. Letters count as they are written. */

/** More than anybody writes by hand; what a match can cost grows with it. */
export const LONGEST_GLOB = 255;

/**
 * Whether the whole text is such as the pattern says. Never tries more than once for each pair of a character and a place
 * in the pattern, whatever the pattern is.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const characters = codePoints(text);
  const places = codePoints(pattern);
  let at = 0;
  let place = 0;
  // Where the last star stands, and how far it reaches so far: only the last one ever needs to reach further.
  let star = -1;
  let reach = 0;
  while (at < characters.length) {
    if (places[place] === STAR) {
      star = place++;
      reach = at;
    } else if (place < places.length && (places[place] === ANY_ONE || places[place] === characters[at])) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++reach;
    } else return false;
  }
  while (places[place] === STAR) place++;
  return place === places.length;
}

const STAR = 0x2a;
const ANY_ONE = 0x3f;

/** As numbers, which are compared fastest. */
function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
