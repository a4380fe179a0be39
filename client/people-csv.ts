/** The list of people as CSV for spreadsheets. */
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Sql } from '#directory/database.ts';
import { csvLine } from './csv-cells.ts';
import { streamMatching, type PeopleQuestion } from './people-list.ts';

/** A heading, then a line for each of at most `limit` people who fit. Throws PeopleQuestionError before the first line. */
export async function* peopleCsv(
  directory: Sql,
  question: PeopleQuestion,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  const fields = (await listProfileFields(directory)).map(({ name }) => name);
  const heading = csvLine(['employeeNumber', 'status', 'startDate', ...fields, 'accounts', 'openTasks']);
  let left = limit;
  let lines = heading;
  for await (const batch of streamMatching(directory, question)) {
    for (const { employeeNumber, status, startDate, profile, accounts, openTasks } of batch.slice(0, left)) {
      const held = accounts.map(({ application, status: state }) => `${application}: ${state}`).join('; ');
      const known = fields.map((field) => profile[field] ?? '');
      lines += csvLine([employeeNumber, status, startDate ?? '', ...known, held, String(openTasks)]);
    }
    left -= batch.length;
    yield lines;
    lines = '';
    if (left <= 0) return;
  }
  if (lines !== '') yield lines;
}
