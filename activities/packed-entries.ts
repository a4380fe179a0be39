/** Report entries of a page, small enough for a workflow's history. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ReportEntry } from '#domain/report-entry.ts';
import { shortened } from '#domain/text.ts';

const MOST_BYTES = 90_000;
/** Characters of a value, one after the other, until all fit. */
const LENGTHS = [Infinity, 200, 50, 10];

/** All of them in less than 90 KB: long values are shortened where it would be more, which shows. */
export function packEntries(entries: readonly ReportEntry[]): string {
  let packed = '';
  for (const length of LENGTHS) {
    packed = gzipSync(JSON.stringify(entries, (_, value: unknown) => cut(value, length))).toString('base64');
    if (packed.length < MOST_BYTES) break;
  }
  return packed;
}

export function unpackEntries(packed: string): ReportEntry[] {
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as ReportEntry[];
}

function cut(value: unknown, length: number): unknown {
  return typeof value === 'string' && value.length > length ? shortened(value, length) : value;
}
