/** CSV as spreadsheets take it: RFC 4180, and no cell that they would run as a formula. */

const FORMULA = /^[=+\-@\t\r]/;

/** One line, with its end. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join()}\r\n`;
}

/** The cell as it was before `csvLine` kept a spreadsheet from running it. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.replace(/^'+/, '')) ? cell.slice(1) : cell;
}

function csvCell(text: string): string {
  // What begins so already gets another apostrophe, so that one can be taken away from each.
  const safe = FORMULA.test(text.replace(/^'+/, '')) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
