/** Mail templates: a text file whose first line is the subject, and an HTML file beside it, which escapes every value. */
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import type { NoticeKind } from '#domain/notice.ts';

export interface RenderedNotice {
  subject: string;
  text: string;
  html: string;
}

const options = {
  root: fileURLToPath(new URL('./templates/', import.meta.url)),
  cache: true,
  strictFilters: true,
  strictVariables: true,
  ownPropertyOnly: true,
  memoryLimit: 1_000_000,
  renderLimit: 1_000,
};
const text = new Liquid(options);
const html = new Liquid({ ...options, outputEscape: 'escape' });

/** Renders a notice. Throws when a template uses a value it is not given. */
export async function renderNotice(kind: NoticeKind, values: object): Promise<RenderedNotice> {
  const [head = '', ...body] = ((await text.renderFile(`${kind}.txt`, values)) as string).split('\n');
  return {
    subject: head.replace(/[\r\n]+/g, ' ').trim(),
    text: body.join('\n').trim() + '\n',
    html: (await html.renderFile(`${kind}.html`, values)) as string,
  };
}
