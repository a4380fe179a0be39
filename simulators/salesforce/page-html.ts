// Small pieces of HTML for the page of the org, and its style.

export const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; background: #f4f6f8; margin: 0 }
main { max-width: 1280px; margin: 0 auto; padding: 24px }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 17px; margin: 32px 0 8px }
.simulated { background: #fff1cc; border: 1px solid #d9a400; border-radius: 6px; padding: 8px 14px; margin: 14px 0 }
.scroll { overflow-x: auto; background: #fff; border: 1px solid #d5dce3; border-radius: 6px }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0 24px; align-items: start }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 7px 12px; border-bottom: 1px solid #e6ebf0; vertical-align: top }
th { background: #eef2f6; font-weight: 600; white-space: nowrap } tr:last-child td { border-bottom: 0 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums } .muted { color: #5c6b7a }
.no { color: #a3281c; font-weight: 600 } code { font-size: 13px; overflow-wrap: anywhere }
form { display: flex; gap: 8px; margin-bottom: 8px }
input { font: inherit; padding: 6px 10px; border: 1px solid #aab6c2; border-radius: 6px; min-width: min(420px, 70vw) }
button { font: inherit; padding: 6px 14px; border: 0; border-radius: 6px; background: #1b5fa8; color: #fff }
nav { margin-top: 10px; display: flex; gap: 16px; flex-wrap: wrap }`;

/** A cell: a text, which is escaped, or a piece of HTML that is already safe. */
export type Cell = string | number | null | undefined | { html: string };

export interface Column {
  head: string;
  number?: boolean;
}

/** A table, or one that says that there is nothing. */
export function table(columns: readonly (string | Column)[], rows: Cell[][]): string {
  const all = columns.map((column) => (typeof column === 'string' ? { head: column } : column));
  const tag = (name: string, { number }: Column, content: string): string =>
    `<${name}${number === true ? ' class="number"' : ''}>${content}</${name}>`;
  const head = all.map((column) => tag('th', column, escape(column.head))).join('');
  const body = rows.map((cells) => `<tr>${all.map((column, i) => tag('td', column, content(cells[i]))).join('')}</tr>`);
  const nothing = `<tr><td class="muted" colspan="${all.length}">none</td></tr>`;
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n') || nothing}</tbody></table></div>`;
}

export const number = (head: string): Column => ({ head, number: true });
export const warning = (text: string): Cell => ({ html: `<span class="no">${escape(text)}</span>` });
export const code = (text: string): Cell => ({ html: `<code>${escape(text)}</code>` });

export function escape(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function content(cell: Cell): string {
  return typeof cell === 'object' && cell !== null ? cell.html : escape(cell ?? '');
}
