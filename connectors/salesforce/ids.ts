/** Record ids: 15 characters in which case matters, or 18, where the last three tell the case of the others. */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const USER = '005';

/** A user's id in the long form, as Salesforce answers it; undefined for what can not be a user's id. */
export function fullUserId(id: string): string | undefined {
  return fullId(id, USER);
}

/** A record's id in the long form; undefined for what can not be one, or does not begin with this prefix. */
export function fullId(id: string, prefix = ''): string | undefined {
  return id.startsWith(prefix) && isRecordId(id) ? withChecksum(id.slice(0, 15)) : undefined;
}

/** Whether this looks like the id of a record of some kind. */
export function isRecordId(id: string): boolean {
  return /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(id);
}

function withChecksum(short: string): string {
  const checksum = [0, 5, 10].map((start) => {
    const capitals = Array.from({ length: 5 }, (_, i) => (/[A-Z]/.test(short.charAt(start + i)) ? 2 ** i : 0));
    return LETTERS.charAt(capitals.reduce((sum, bit) => sum + bit, 0));
  });
  return short + checksum.join('');
}
