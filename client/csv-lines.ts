/** A CSV file as text: its lines, what separates its cells, its records over one line or several. */

export interface Line {
  line: number;
  text: string;
}

/** A record longer than this, in lines or in characters, is a quote that nothing closes. */
const MOST_LINES = 100;
export const MOST_CHARACTERS = 100_000;

/** The lines of a UTF-8 file from the first that holds something, numbered as an editor does. Closes its input. */
export async function* linesOf(input: AsyncIterable<Buffer | string>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  let begun = false;
  const cut = (text: string) => ({ line: (line += 1), text: text.slice(0, MOST_CHARACTERS + 1) });
  for await (const chunk of input) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (line === 0) rest = rest.replace(/^\uFEFF/, '');
    // A carriage return at the end of a chunk may be half of a CRLF.
    const complete = rest.split(/\r\n|\n|\r(?!$)/);
    rest = complete.pop() ?? '';
    if (rest.length > MOST_CHARACTERS) rest = rest.slice(0, MOST_CHARACTERS) + rest.slice(-1);
    for (const text of complete) {
      const next = cut(text);
      begun ||= text.trim() !== '';
      if (begun) yield next;
    }
  }
  rest = (rest + decoder.decode()).replace(/\r$/, '');
  if (begun ? rest !== '' : rest.trim() !== '') yield cut(rest);
}

/** Which of comma, semicolon, tab and | separates the titles: the one that is there most often outside quotes. */
export function delimiterOf(titles: string): string {
  const bare = titles.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/**
 * Lines put together where quotes hold line breaks. Where quotes are wrong, the line that opens them is the bad one, and
 * reading goes on with the line after it, so that one slip costs one line.
 */
export async function* recordsOf(
  first: Line,
  lines: AsyncGenerator<Line>,
  delimiter: string,
): AsyncGenerator<Line | (Line & { problem: string })> {
  let open: Line[] = [];
  const read = function* (backlog: Line[], last: boolean) {
    while (backlog.length > 0 || (last && open.length > 0)) {
      const next = backlog.shift();
      if (next && open.length === 0 && next.text.trim() === '') continue;
      const state = next ? quotesIn(next.text, delimiter, open.length > 0) : 'open';
      if (next) open.push(next);
      const text = open.map((part) => part.text).join('\n');
      const fits = open.length <= MOST_LINES && text.length <= MOST_CHARACTERS;
      if (next && state === 'open' && fits) continue;
      const line = open[0]?.line ?? 0;
      if (state === 'closed' && fits) yield { line, text };
      else {
        const unclosed = 'a quote is opened here and not closed';
        const problem = state === 'open' ? unclosed : fits ? state : 'is too long to be read';
        yield { line, text: open[0]?.text ?? '', problem };
        backlog.unshift(...open.slice(1));
      }
      open = [];
    }
  };
  try {
    yield* read([first], false);
    for await (const line of lines) yield* read([line], false);
    yield* read([], true);
  } finally {
    await lines.return(undefined);
  }
}

/** Whether a line leaves a quote open, or what is wrong with its quotes. */
function quotesIn(text: string, delimiter: string, inQuote: boolean): string {
  let place: 'start' | 'plain' | 'quoted' | 'after' = inQuote ? 'quoted' : 'start';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (place === 'quoted') {
      if (character !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else place = 'after';
    } else if (character === delimiter) place = 'start';
    else if (character === ' ' || character === '\t') continue;
    else if (place === 'after') return 'text follows a closing quote: a quote inside a value is written twice';
    else if (character !== '"') place = 'plain';
    else if (place === 'plain') return 'a quote is inside a value that does not begin with one';
    else place = 'quoted';
  }
  return place === 'quoted' ? 'open' : 'closed';
}
