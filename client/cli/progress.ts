/** A progress bar on a terminal, a line at the end elsewhere; always on standard error. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** How many are done, and what else is to be said now. */
  at(done: number, note?: string): void;
  done(): void;
}

/** Shows how far something is. Without a total it only counts. */
export function progress(title: string, total: number): Progress {
  if (!process.stderr.isTTY) {
    let last = 0;
    return {
      at: (done) => (last = done),
      done: () => process.stderr.write(`${title}: ${last}${total > 0 ? ` of ${total}` : ''}\n`),
    };
  }
  const bar = new SingleBar(
    { format: `${title} {bar} {value}/{total} {note}`, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: '' });
  return {
    at: (done, note = '') => {
      if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done, { note });
    },
    done: () => bar.stop(),
  };
}
