/** What staged rows mean: the events that would make the directory agree with them, checked as if they were submitted. */
import type { Verdict } from '#domain/import.ts';
import { displayName } from '#domain/person.ts';
import type { CopiedRow, JudgedRow } from '#directory/import-staging.ts';
import { eventsOfPerson, leaverOfMissing } from './csv-people.ts';
import type { LineReader } from './import-lines.ts';
import { foreseeHrEvents, type Foreseen, type IntakeOptions } from './intake.ts';
import { describeEvent, knownPeople, reasonsOf, type DescribedEvent, type Known } from './people-lines.ts';

export interface JudgeOptions extends IntakeOptions {
  today: string;
}

/** Judges rows that were copied in. Stores nothing; asks a handful of questions, however many rows. */
export async function judge(rows: CopiedRow[], lines: LineReader, options: JudgeOptions): Promise<JudgedRow[]> {
  const knownOf = await knownPeople(
    options.directory,
    rows.flatMap(({ employeeNumber }) => employeeNumber ?? []),
  );
  return foreseen(
    rows.map((row) => {
      const read = lines(row.cells);
      if ('reason' in read) return { line: row.line, known: knownOf(''), ...read };
      const known = knownOf(read.employeeNumber);
      return {
        line: row.line,
        known,
        ...eventsOfPerson({ line: row.line, cells: read.cells }, read.header, known, options),
      };
    }),
    options,
  );
}

/** Judges people who are missing in a file that names everybody: they leave today. */
export async function judgeMissing(
  rows: { line: number; employeeNumber: string }[],
  options: JudgeOptions,
): Promise<JudgedRow[]> {
  const knownOf = await knownPeople(
    options.directory,
    rows.map(({ employeeNumber }) => employeeNumber),
  );
  const judged = await foreseen(
    rows.map(({ line, employeeNumber }) => {
      const known = knownOf(employeeNumber);
      return { line, known, events: leaverOfMissing(employeeNumber, known.said, options.today) };
    }),
    options,
  );
  return judged.map((row) => ({
    ...row,
    verdict: 'gone',
    reason: row.events.length > 0 ? null : (row.reason ?? 'has been told an end before'),
  }));
}

type MeantRow = { line: number; known: Known } & ({ events: JudgedRow['events'] } | { reason: string });

async function foreseen(rows: MeantRow[], options: JudgeOptions): Promise<JudgedRow[]> {
  const answers = await foreseeHrEvents(
    rows.flatMap((row) => ('events' in row ? row.events : [])),
    options,
  );
  let next = 0;
  return rows.map((row) =>
    'reason' in row
      ? { ...refused(row.line), reason: row.reason }
      : judged(row, answers.slice(next, (next += row.events.length))),
  );
}

/** One event that is refused is enough: of a line everything is done, or nothing. */
function judged({ line, known, events }: Extract<MeantRow, { events: unknown }>, answers: Foreseen[]): JudgedRow {
  const reasons: string[] = [];
  for (const answer of answers) {
    if (answer.result === 'invalid') reasons.push(...reasonsOf(answer.faults, reasons.length > 0));
    if (answer.result === 'different-body') reasons.push(`id: ${answer.record.id} was used for another event`);
  }
  if (reasons.length > 0) return { ...refused(line), reason: reasons.join('; ') };
  const open = events.filter((_, index) => answers[index]?.result === 'accepted');
  const described = open.map((event) => describeEvent(event, known));
  const verdict = verdictOf(described);
  return {
    line,
    verdict,
    reason: open.length < events.length && open.length === 0 ? 'the same was said before' : null,
    name: described[0]?.name ?? (known.person ? displayName(known.person) : null),
    events: open,
    changes: verdict === 'new' ? [] : described.flatMap(({ changes }) => changes),
  };
}

function refused(line: number): Omit<JudgedRow, 'reason'> {
  return { line, verdict: 'invalid', name: null, events: [], changes: [] };
}

function verdictOf(described: DescribedEvent[]): Verdict {
  const order = ['new', 'back', 'leaving', 'changed'] as const;
  return order.find((verdict) => described.some(({ what }) => what === verdict)) ?? 'unchanged';
}
