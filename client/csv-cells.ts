/** CSV as spreadsheets take it: RFC 4180, and no cell that they would run as a formula. */

const FORMULA = /^[=+\-@\t\r]/;

/** One line, with its end. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join()}\r\n`;
}

/** A line of titles, in which nothing but the comma can be taken for what separates them. */
export function csvTitles(titles: readonly string[]): string {
  return `${titles.map((title) => (/[;|\t]/.test(title) ? quoted(guarded(title)) : csvCell(title))).join()}\r\n`;
}

/** The cell as it was before `csvLine` kept a spreadsheet from running it. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.replace(/^'+/, '')) ? cell.slice(1) : cell;
}

function csvCell(text: string): string {
  const safe = guarded(text);
  return /[",\r\n]/.test(safe) ? quoted(safe) : safe;
}

/** What begins so already gets another apostrophe, so that one can be taken away from each. */
function guarded(text: string): string {
  return FORMULA.test(text.replace(/^'+/, '')) ? `'${text}` : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
