/** Packed entries: the report entries of a whole page in one string that a history can hold. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ReportEntry } from '#domain/report-entry.ts';
import { shortened } from '#domain/text.ts';

/** Temporal takes payloads of 2 MB; a page of an import is to stay far below, with room for the rest of its answer. */
const MOST_BYTES = 90_000;

/** Entries are much alike: less thorough packing gives a third more text, and takes a fraction of the time. */
const QUICKLY = { level: 1 };

/** How much is kept of each text: all of it, and less and less where it would be too much. */
const LENGTHS = [Infinity, 250, 100, 40, 15, 0];

/** At most 90 KB of text. Where that is too little, long values are cut short, each with `…` at its end. */
export function packEntries(entries: readonly ReportEntry[]): string {
  for (const length of LENGTHS) {
    const packed = pack(entries, length);
    if (packed.length <= MOST_BYTES || length === LENGTHS.at(-1)) return packed;
  }
  throw new Error('packed entries: there is no shortest length');
}

/** What was packed. Throws on anything else. */
export function unpackEntries(packed: string): ReportEntry[] {
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as ReportEntry[];
}

function pack(entries: readonly ReportEntry[], length: number): string {
  const kept = length === Infinity ? entries : entries.map((entry) => cut(entry, length));
  return gzipSync(JSON.stringify(kept), QUICKLY).toString('base64');
}

/** What tells one entry from another, names and numbers, stays as it is. */
function cut(entry: ReportEntry, length: number): ReportEntry {
  const value = <T>(given: T) => (typeof given === 'string' ? shortened(given, length) : given);
  const text = (given: string) => shortened(given, Math.max(length, SHORTEST_TEXT));
  return {
    ...entry,
    changes: entry.changes.map((change) => ({ ...change, old: value(change.old), new: value(change.new) })),
    reason: text(entry.reason),
    ...(entry.failure ? { failure: { ...entry.failure, message: text(entry.failure.message) } } : {}),
  };
}

const SHORTEST_TEXT = 100;
