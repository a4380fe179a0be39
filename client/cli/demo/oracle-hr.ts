/**
 * The demo's HR system: Oracle's sample Human Resources tables, told as HR events. Every hire, department, title and
 * manager is the data's own. What the tables do not say is derived and said here: the time zone follows from the city, and
 * since the tables hold no termination, the last day of one past assignment is told as if it had ended the employment.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { HrChange } from '#domain/hr-event.ts';
import type { Profile } from '#domain/profile-field.ts';

export interface DemoStory {
  joiners: HrChange[];
  /** One who moves between departments: the earlier assignment is where the joiner above starts from. */
  mover: HrChange;
  leaver: HrChange;
}

type Row = Record<string, string>;

/** Employee 102 was a programmer in IT until 2016-07-24 (job_history.csv) and is a vice president in Executive now. */
const MOVER = '102';
/** Employee 176's last past assignment ended on 2017-12-31 (job_history.csv). */
const LEAVER = '176';
const MAIL_DOMAIN = 'joinery-demo.example';

const ZONES: Record<string, string> = {
  Roma: 'Europe/Rome',
  Venice: 'Europe/Rome',
  Tokyo: 'Asia/Tokyo',
  Hiroshima: 'Asia/Tokyo',
  Southlake: 'America/Chicago',
  'South San Francisco': 'America/Los_Angeles',
  'South Brunswick': 'America/New_York',
  Seattle: 'America/Los_Angeles',
  Toronto: 'America/Toronto',
  Whitehorse: 'America/Whitehorse',
  Beijing: 'Asia/Shanghai',
  Bombay: 'Asia/Kolkata',
  Sydney: 'Australia/Sydney',
  Singapore: 'Asia/Singapore',
  London: 'Europe/London',
  Oxford: 'Europe/London',
  Stretford: 'Europe/London',
  Munich: 'Europe/Berlin',
  'Sao Paulo': 'America/Sao_Paulo',
  Geneva: 'Europe/Zurich',
  Bern: 'Europe/Zurich',
  Utrecht: 'Europe/Amsterdam',
  'Mexico City': 'America/Mexico_City',
};

/** Reads the tables in `folder`. The same files give the same events with the same ids. */
export async function readOracleHr(folder: string): Promise<DemoStory> {
  const read = async (table: string): Promise<Row[]> =>
    parse(await readFile(`${folder}/${table}.csv`, 'utf8'), {
      columns: true,
      bom: true,
      skip_empty_lines: true,
    }) as Row[];
  const [employees, jobs, departments, locations, history] = await Promise.all(
    ['employees', 'jobs', 'departments', 'locations', 'job_history'].map(read),
  );
  const tables: Tables = {
    jobs: by(jobs, 'job_id'),
    departments: by(departments, 'department_id'),
    locations: by(locations, 'location_id'),
  };
  const lastAssignment = (employee: string) => (history ?? []).findLast((row) => row['employee_id'] === employee);
  const joiners = (employees ?? []).map((employee) => {
    const id = employee['employee_id'] ?? '';
    return joiner(employee, id === MOVER ? { ...employee, ...position(lastAssignment(id)) } : employee, tables);
  });
  const moved = employees?.find((row) => row['employee_id'] === MOVER);
  return {
    joiners,
    mover: mover(moved, lastAssignment(MOVER), tables),
    leaver: {
      id: `oracle-hr:${LEAVER}:leaver`,
      type: 'leaver',
      employeeNumber: LEAVER,
      effectiveDate: dayAfter(lastAssignment(LEAVER)?.['end_date'] ?? ''),
    },
  };
}

interface Tables {
  jobs: Map<string, Row>;
  departments: Map<string, Row>;
  locations: Map<string, Row>;
}

function joiner(employee: Row, assignment: Row, tables: Tables): HrChange {
  const id = employee['employee_id'] ?? '';
  const address = (employee['email'] ?? '').toLowerCase();
  const profile: Profile = {
    givenName: employee['first_name'] ?? null,
    familyName: employee['last_name'] ?? null,
    email: `${address}@${MAIL_DOMAIN}`,
    privateEmail: `${address}@home.example`,
    phone: employee['phone_number'] ?? null,
    managerEmployeeNumber: employee['manager_id'] || null,
    ...placeOf(assignment, tables),
  };
  return {
    id: `oracle-hr:${id}:joiner`,
    type: 'joiner',
    employeeNumber: id,
    effectiveDate: employee['hire_date'] ?? '',
    profile,
  };
}

function mover(employee: Row | undefined, before: Row | undefined, tables: Tables): HrChange {
  return {
    id: `oracle-hr:${MOVER}:mover`,
    type: 'mover',
    employeeNumber: MOVER,
    effectiveDate: dayAfter(before?.['end_date'] ?? ''),
    profile: placeOf(employee ?? {}, tables),
  };
}

/** Title, department and where that is. */
function placeOf(assignment: Row, { jobs, departments, locations }: Tables): Profile {
  const department = departments.get(assignment['department_id'] ?? '');
  const location = locations.get(department?.['location_id'] ?? '');
  return {
    title: jobs.get(assignment['job_id'] ?? '')?.['job_title'] ?? null,
    department: department?.['department_name'] ?? null,
    street: location?.['street_address'] || null,
    city: location?.['city'] || null,
    region: location?.['state_province'] || null,
    postalCode: location?.['postal_code'] || null,
    country: location?.['country_id'] || null,
    timeZone: ZONES[location?.['city'] ?? ''] ?? null,
  };
}

function position(assignment: Row | undefined): Row {
  return { job_id: assignment?.['job_id'] ?? '', department_id: assignment?.['department_id'] ?? '' };
}

function by(rows: Row[] | undefined, key: string): Map<string, Row> {
  return new Map((rows ?? []).map((row) => [row[key] ?? '', row]));
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
