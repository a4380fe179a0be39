/** What somebody may have meant who wrote a name that does not exist. */

/** The known name closest to what was written, if it is close enough to be meant: `departement` is `department`. */
export function nearMiss(written: string, known: Iterable<string>): string | undefined {
  const within = Math.min(3, Math.max(1, Math.floor(written.length / 3)));
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (name === written || Math.abs(name.length - written.length) > within) continue;
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance <= within && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** How many letters have to be put in, taken out, changed, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
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
