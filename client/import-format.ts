/** Reviewed accounts as lines: for programs, and for a terminal. */
import type { Situation } from '#domain/account-situation.ts';
import type { ReviewedAccount } from './import-users.ts';

type Pages = AsyncIterable<ReviewedAccount[]>;

/** One JSON object a line; of one situation only, if asked. */
export async function* toJsonLines(pages: Pages, situation?: Situation): AsyncGenerator<string> {
  for await (const account of shown(pages, situation)) yield `${JSON.stringify(account)}\n`;
}

/** A heading, then a line an account; a column widens when a longer value comes, so that none is held to be aligned. */
export async function* toTable(pages: Pages, situation?: Situation): AsyncGenerator<string> {
  const widths = [36, 8, 9];
  const line = (cells: string[]): string => {
    for (const [index, width] of widths.entries()) widths[index] = Math.max(width, cells[index]?.length ?? 0);
    return `${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  };
  yield line(['username', 'status', 'situation', 'person']);
  for await (const account of shown(pages, situation)) {
    const { username, status, person, employeeNumber, why, nowLinked } = account;
    const who = person === undefined ? [] : [`${person} (${employeeNumber ?? ''})`];
    const details = [...who, ...(why === undefined ? [] : [why]), ...(nowLinked ? ['linked now'] : [])];
    yield line([username, status, account.situation, details.join('; ')].map(oneLine));
  }
}

async function* shown(pages: Pages, situation: Situation | undefined): AsyncGenerator<ReviewedAccount> {
  for await (const page of pages)
    yield* situation === undefined ? page : page.filter((account) => account.situation === situation);
}

/** Values come from applications: none may break a line or command the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
