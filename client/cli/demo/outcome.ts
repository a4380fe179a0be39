/** What the demo shows at its end. */
import { entryLine, type ReportEntry } from '#domain/report-entry.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { readReport, type ReportRow } from '../../report.ts';
import { printJson, printLines, table, type Session } from '../session.ts';
import type { DemoStory } from './oracle-hr.ts';
import { caughtMails, simulatedOrg, type CaughtMail } from './simulated.ts';

/** Prints a table per person, the users, the mails, and the verdict. */
export async function showDemo(
  session: Session,
  { story, seconds, faults, json }: { story: DemoStory; seconds: number; faults: string[]; json: boolean },
): Promise<void> {
  const ids = new Set([...story.joiners, story.mover, story.leaver].map(({ id }) => id));
  const rows: ReportRow[] = [];
  for await (const row of readReport(await session.temporal(), {})) if (ids.has(row.eventId)) rows.push(row);
  const org = await simulatedOrg(session);
  const mails = await caughtMails(session);
  if (json) return printJson({ rows, users: org.users, mails: mails.length, seconds, faults });

  const ui = session.config.running?.urls['temporal'] ?? '';
  printLines([
    ...table(['person', 'event', 'application', 'operations', 'outcome', 'workflow'], perPerson(rows, ui)),
    '',
    ...rows
      .filter(({ outcome }) => outcome === 'failed')
      .map((row) => `FAILED ${row.person}: ${entryLine(row as ReportEntry)}`),
    `Salesforce (simulated): ${org.users.total} users, ${org.users.active} active, ${org.users.inactive} inactive, ${org.users.frozen} frozen; ` +
      org.licenses
        .filter(({ used }) => used > 0)
        .map(({ name, used, total }) => `${name} ${used} of ${total} licences`)
        .join(', '),
    `Mails: ${mails.length}; ${Object.entries(byKind(mails))
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', ')}`,
    `Done in ${seconds.toFixed(1)} s. ${faults.length === 0 ? 'Everything is as it should be.' : `NOT AS IT SHOULD BE: ${faults.join('; ')}`}`,
  ]);
}

/** A line for each run and application. Links to those who report to the person are counted, not listed. */
function perPerson(rows: ReportRow[], ui: string): string[][] {
  const lines = new Map<string, ReportRow[]>();
  for (const row of rows) {
    const key = `${row.runId} ${row.application}`;
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  return [...lines.values()].flatMap((line) => {
    const own = line.filter((row) => row.workflowId === personWorkflowId(row.employeeNumber));
    const [first] = own;
    if (!first) return [];
    const operations = [...new Set(own.map(({ operation }) => operation))];
    const reports = line.length - own.length;
    return [
      [
        `${first.person} (${first.employeeNumber})`,
        first.workflowType,
        first.application,
        `${operations.join(', ')}${reports > 0 ? `; manager of ${reports}` : ''}`,
        line.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'done',
        `${ui}/namespaces/default/workflows/${encodeURIComponent(first.workflowId)}/${first.runId}`,
      ],
    ];
  });
}

function byKind(mails: CaughtMail[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { messageId } of mails) {
    const kind = /^<([a-z-]+)\./.exec(messageId)?.[1] ?? 'other';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
