/** What the demo shows at its end, and what must be so. */
import { entryLine, type ReportEntry } from '#domain/report-entry.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { readReport, type ReportRow } from '../../report.ts';
import { printJson, printLines, table, type Session } from '../session.ts';
import type { DemoStory } from './oracle-hr.ts';

interface SimulatedOrg {
  users: { total: number; active: number; inactive: number; frozen: number };
  licenses: { name: string; used: number; total: number }[];
}

interface CaughtMail {
  messageId: string;
  subject: string;
  to: string[];
}

/** The simulator brings an integration user and an administrator of its own. */
const SEEDED_USERS = 2;

/** Everything that is not as it should be, in words; empty when the demo went well. */
export async function checkDemo(session: Session, story: DemoStory): Promise<string[]> {
  const { users } = await simulatedOrg(session);
  const mails = await caughtMails(session);
  const expected = {
    total: story.joiners.length + SEEDED_USERS,
    inactive: 1,
    active: story.joiners.length + SEEDED_USERS - 1,
  };
  const faults = Object.entries(expected)
    .filter(([name, count]) => users[name as keyof typeof users] !== count)
    .map(([name, count]) => `Salesforce has ${users[name as keyof typeof users]} ${name} users, expected ${count}`);
  const ids = new Set(mails.map(({ messageId }) => messageId));
  if (ids.size !== mails.length) faults.push(`${mails.length - ids.size} mails came more than once`);
  const [sent] = await session.directory<
    { count: number }[]
  >`select count(*)::int as count from mail where state = 'sent'`;
  if (sent?.count !== mails.length) faults.push(`${sent?.count ?? 0} mails were sent, ${mails.length} arrived`);
  return faults;
}

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

async function simulatedOrg({ config }: Session): Promise<SimulatedOrg> {
  return (await getJson(`${config.running?.urls['salesforce-simulator']}/simulator/state`)) as SimulatedOrg;
}

async function caughtMails({ config }: Session): Promise<CaughtMail[]> {
  return (await getJson(`${config.running?.urls['mail']}/messages`)) as CaughtMail[];
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`demo: ${url} answered ${response.status}`);
  return response.json();
}
