// Record ids: 15 case-sensitive characters (3 of them the object's prefix) and a 3-character checksum over their case.

const CHECKSUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const INSTANCE = '7g0';

/** The 18-character form of a 15-character id. */
function withChecksum(id15: string): string {
  return id15 + checksum(id15);
}

/** The 18-character form of a 15- or 18-character id; undefined when it is neither, or its checksum is wrong. */
export function normaliseId(text: string): string | undefined {
  if (!/^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$/.test(text)) return undefined;
  const id15 = text.slice(0, 15);
  if (text.length === 15) return withChecksum(id15);
  return text.slice(15).toUpperCase() === checksum(id15) ? withChecksum(id15) : undefined;
}

/** The id of the n-th record made in this org, for an object with this prefix. */
export function makeId(prefix: string, n: number): string {
  let digits = '';
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits;
  return withChecksum(prefix + INSTANCE + digits.padStart(9, '0'));
}

/** The number an id was made from: the reverse of makeId. */
export function numberOf(id: string): number {
  let n = 0;
  for (const digit of id.slice(6, 15)) n = n * 62 + BASE62.indexOf(digit);
  return n;
}

function checksum(id15: string): string {
  let suffix = '';
  for (let group = 0; group < 15; group += 5) {
    let bits = 0;
    for (let i = 0; i < 5; i++) if (/[A-Z]/.test(id15.charAt(group + i))) bits |= 1 << i;
    suffix += CHECKSUM.charAt(bits);
  }
  return suffix;
}
