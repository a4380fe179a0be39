/** Proper case: names as people write them, made from names as systems store them. */

/**
 * `JOHN O'NEILL-MACDONALD` as `John O'Neill-MacDonald`. A word that mixes small and capital letters is somebody's choice
 * and stays (`deVries`). Behind the first word, particles such as `van` and `de` are small and `II` to `IV` capitals.
 */
export function properCase(text: string): string {
  return text.replace(/\S+/gu, (word, offset: number) => {
    const small = word.toLowerCase();
    if (word !== small && word !== word.toUpperCase() && word.length > 1) return word;
    if (offset > 0 && PARTICLES.has(small)) return small;
    if (offset > 0 && NUMERALS.has(small)) return small.toUpperCase();
    return small.split('-').map(properPart).join('-');
  });
}

/** `o'neill` is `O'Neill`, `smith's` is `Smith's`. */
function properPart(part: string): string {
  return part
    .split(/(?<=['’])/u)
    .map((piece, index) => (index > 0 && /^.$/u.test(piece) ? piece : capital(piece)))
    .join('');
}

function capital(piece: string): string {
  if (/^mc\p{L}{2}/u.test(piece)) return `Mc${capital(piece.slice(2))}`;
  if (piece.startsWith('mac') && CLANS.has(piece.slice(3))) return `Mac${capital(piece.slice(3))}`;
  return piece.replace(/^\P{L}*\p{L}/u, (start) => start.toUpperCase());
}

const PARTICLES = new Set(
  'van von vom zu zum zur der den ter ten de del della di da do dos das du des la le bin ibn y'.split(' '),
);
const NUMERALS = new Set(['ii', 'iii', 'iv']);

/** Only these: of `mac`, most names have no second capital (`Mackenzie`, `Macron`, `Machado`). */
const CLANS = new Set(
  'adam alister allister arthur askill aulay bain bride callum donald dougall dowell duff ewan farlane gillivray gregor innes intosh intyre iver kay lachlan laren lean lellan lennan leod mahon manus master millan naughton neil neill nicol phail pherson quarrie queen rae tavish'.split(
    ' ',
  ),
);
