/** Names that somebody may have meant who wrote one that does not exist. */

/** What a problem and a suggestion are told apart by: suggestions change with every name that comes or goes. */
export const SUGGESTION = '; did you mean ';

const MOST = 5;
/** Of what was written, more is not compared: nobody means a name by so many letters, and comparing takes their square. */
const COMPARED = 100;

/** The few names most like the one that was written, nearest first; what contains it, or is in it, before all others. */
export function nearNames(written: string, names: readonly string[]): string[] {
  const short = written.slice(0, COMPARED).toLowerCase();
  return names
    .map((name) => ({ name, distance: contained(short, name.toLowerCase()) ? 0 : distance(short, name) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** The name closest to what was written, if it is close enough to be meant: `departement` is `department`. */
export function nearMiss(written: string, names: Iterable<string>): string | undefined {
  const within = Math.min(3, Math.max(1, Math.floor(written.length / 3)));
  let best: { name: string; away: number } | undefined;
  for (const name of names) {
    if (name === written || Math.abs(name.length - written.length) > within) continue;
    const away = distance(written.slice(0, COMPARED).toLowerCase(), name);
    if (away <= within && (!best || away < best.away)) best = { name, away };
  }
  return best?.name;
}

function contained(a: string, b: string): boolean {
  return a.includes(b) || b.includes(a);
}

/** How many letters have to be put in, taken out, changed, or swapped with their neighbour. */
function distance(a: string, name: string): number {
  const b = name.slice(0, COMPARED).toLowerCase();
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + changed,
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
