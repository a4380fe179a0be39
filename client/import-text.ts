/** The text of a file that somebody gives us: gzip and encodings are seen through, and a file without end has one. */
import { pipeline, Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import type { CsvInput } from './csv-parsing.ts';

export interface TextOptions {
  /** As browsers name them; a byte order mark is believed before it. Absent: UTF-8. */
  encoding?: string | undefined;
  /** No more is read of what a file expands to; bytes. */
  most?: number | undefined;
}

/** The file can not be read, and why. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

const MOST_BYTES = 2 * 1024 ** 3;
const MOST_IN_LINE = 1_000_000;
const LINE_END = /\r\n|\n|\r/g;

/** The text in pieces of bounded size. Closes its input. Throws FileFault, which names the line. */
export async function* textOf(input: CsvInput, options: TextOptions = {}): AsyncGenerator<string> {
  yield* storable(decoded(limited(expanded(input), options.most ?? MOST_BYTES), options.encoding));
}

/** What is in a gzip file, known by its first bytes; any other file as it is. */
async function* expanded(input: CsvInput): AsyncGenerator<Buffer> {
  const chunks = withStart(input);
  const { value: start } = await chunks.next();
  if (!start) return;
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* after(start, chunks);
    return;
  }
  const gunzip = createGunzip();
  // What ends one ends the other. The loop below sees the error itself.
  pipeline(Readable.from(after(start, chunks), { objectMode: false }), gunzip, () => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    const damaged = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw damaged ? new FileFault(`the gzip file is damaged or breaks off: ${error.message}`) : error;
  }
}

async function* after(start: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start;
    yield* chunks;
  } finally {
    await chunks.return(undefined);
  }
}

/** The same bytes; the first piece is long enough to tell by it what the file is, unless the file is shorter. */
async function* withStart(input: CsvInput): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    start = start && Buffer.concat([start, bytes]);
    if (!start) yield bytes;
    else if (start.length > 2) {
      yield start;
      start = undefined;
    }
  }
  if (start && start.length > 0) yield start;
}

async function* limited(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw new FileFault(`the file holds more than ${most} bytes: import it in parts`);
    yield chunk;
  }
}

/** A byte is not of the encoding; the text before it has been given. */
class NotText extends Error {}

async function* decoded(chunks: AsyncIterable<Buffer>, named: string | undefined): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let unfinished = Buffer.alloc(0);
  for await (const chunk of withStart(chunks)) {
    decoder ??= decoderOf(markedAs(chunk) ?? named ?? 'utf-8');
    try {
      // Always as part of a stream: only so Node 20 takes the bytes 0x80 to 0x9F of windows-1252 for what they are.
      yield decoder.decode(chunk, { stream: true });
    } catch {
      yield readable(Buffer.concat([unfinished, chunk]), decoder.encoding);
      throw notText(decoder, named);
    }
    if (decoder.encoding === 'utf-8') unfinished = unfinishedAt(chunk);
  }
  try {
    decoder?.decode();
  } catch {
    if (decoder) throw notText(decoder, named);
  }
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new FileFault(`encoding: ${encoding} is none that is known here; windows-1252 and utf-16le are`);
  }
}

function markedAs(start: Buffer): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 'utf-8' : undefined;
}

function notText({ encoding }: TextDecoder, named: string | undefined): NotText {
  const advice = 'save the file as UTF-8, or say what it is, as with --encoding windows-1252';
  return new NotText(
    named === undefined && encoding === 'utf-8'
      ? `a byte is not valid UTF-8: ${advice}`
      : `a byte is not valid ${encoding}: is the file in another encoding?`,
  );
}

/** The text up to the byte that is wrong. */
function readable(bytes: Buffer, encoding: string): string {
  let [good, bad] = [0, bytes.length];
  const text = (upTo: number) => {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, upTo), { stream: true });
    } catch {
      return undefined;
    }
  };
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (text(middle) === undefined) bad = middle;
    else good = middle;
  }
  return text(good) ?? '';
}

/** The beginning of a character of UTF-8 that goes on in the next piece. */
function unfinishedAt(bytes: Buffer): Buffer<ArrayBuffer> {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return Buffer.from(needs > back ? bytes.subarray(-back) : []);
  }
  return Buffer.alloc(0);
}

/** The same text, without what can not be stored and without lines that no table has; faults get the line they are on. */
async function* storable(texts: AsyncGenerator<string>): AsyncGenerator<string> {
  let line = 1;
  let width = 0;
  let last = '';
  const measure = (more: number) => {
    width += more;
    if (width > MOST_IN_LINE)
      throw new FileFault(`line ${line}: is longer than ${MOST_IN_LINE} characters: this is no list of people`);
  };
  try {
    for await (const text of texts) {
      const until = text.indexOf('\0');
      let from = 0;
      for (const { 0: end, index } of text.slice(0, until < 0 ? undefined : until).matchAll(LINE_END)) {
        measure(index - from);
        from = index + end.length;
        // A line break may come in two pieces.
        if (index === 0 && end === '\n' && last === '\r') continue;
        line += 1;
        width = 0;
      }
      if (until >= 0)
        throw new FileFault(
          `line ${line}: holds a NUL character, which is no text: is it UTF-16? Then name it, as with --encoding utf-16le`,
        );
      measure(text.length - from);
      last = text.slice(-1) || last;
      yield text;
    }
  } catch (error) {
    throw error instanceof NotText ? new FileFault(`line ${line}: ${error.message}`) : error;
  }
}
