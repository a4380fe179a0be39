/** Proper case: names as people write them, made from names as systems store them. */

/**
 * `JOHN O'NEILL-MACDONALD` as `John O'Neill-MacDonald`, `head of sales` as `Head of Sales`. Behind the first word, `van`,
 * `de`, `of` and the like are small, and `II` to `IV` capitals. What is written with care stays: a word that mixes small
 * and capital letters (`deVries`), and an abbreviation among words that are not all capitals (`HR Representative`).
 */
export function properCase(text: string): string {
  const shouted = isShouted(text);
  return text.replace(/\S+/gu, (word, offset: number) => {
    const small = word.toLowerCase();
    const mixed = word !== small && word !== word.toUpperCase();
    if (mixed && word.length > 1) return word;
    if (offset > 0 && SMALL_WORDS.has(small)) return small;
    if (word !== small && !shouted && isAbbreviation(word)) return word;
    if (offset > 0 && NUMERALS.has(small)) return small.toUpperCase();
    return small.split('-').map(properPart).join('-');
  });
}

/** Whether capitals say nothing, since every word has them, but perhaps for those that are small anyway. */
function isShouted(text: string): boolean {
  return text.split(/\s+/u).every((word) => word === word.toUpperCase() || SMALL_WORDS.has(word));
}

/** `HR`, `R&D`, `EMEA`; not the family name that people write in capitals behind the first (`Ada LOVELACE`). */
function isAbbreviation(word: string): boolean {
  if (/['’-]/.test(word)) return false;
  return word.split(/\P{L}+/u).every((letters) => letters.length <= 3 || REGIONS.has(letters));
}

/** `o'neill` is `O'Neill`, `smith's` is `Smith's`. */
function properPart(part: string): string {
  let made = '';
  let from = 0;
  for (let at = 0; at <= part.length; at++) {
    if (at < part.length && part[at] !== "'" && part[at] !== '’') continue;
    const piece = part.slice(from, at);
    made += (from > 0 && piece.length === 1 ? piece : capital(piece)) + part.slice(at, at + 1);
    from = at + 1;
  }
  return made;
}

function capital(piece: string): string {
  if (piece.length > 3 && piece.startsWith('mc')) return `Mc${firstUpper(piece.slice(2))}`;
  if (piece.startsWith('mac') && CLANS.has(piece.slice(3))) return `Mac${firstUpper(piece.slice(3))}`;
  return firstUpper(piece);
}

/** The first letter, which punctuation may stand before. */
function firstUpper(piece: string): string {
  return piece.replace(/\p{L}/u, (letter) => letter.toUpperCase());
}

/** Of names, and of job titles and departments. */
const SMALL_WORDS = new Set(
  'van von vom zu zum zur der den ter ten de del della di da do dos das du des la le bin ibn y of and for the und für et pour'.split(
    ' ',
  ),
);
const REGIONS = new Set(['EMEA', 'APAC', 'LATAM', 'AMER', 'DACH', 'MENA']);
const NUMERALS = new Set(['ii', 'iii', 'iv']);

/** Only these: of `mac`, most names have no second capital (`Mackenzie`, `Macron`, `Machado`). */
const CLANS = new Set(
  'adam alister allister arthur askill aulay bain bride callum donald dougall dowell duff ewan farlane gillivray gregor innes intosh intyre iver kay lachlan laren lean lellan lennan leod mahon manus master millan naughton neil neill nicol phail pherson quarrie queen rae tavish'.split(
    ' ',
  ),
);
