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
  return short + checksumAt(short, 0) + checksumAt(short, 5) + checksumAt(short, 10);
}

/** Which of the five characters from here on are capitals: asked of every row of a page several times, so without objects. */
function checksumAt(short: string, start: number): string {
  let capitals = 0;
  for (let place = 0; place < 5; place++) {
    const character = short.charAt(start + place);
    if (character >= 'A' && character <= 'Z') capitals += 2 ** place;
  }
  return LETTERS.charAt(capitals);
}
