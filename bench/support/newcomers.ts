/** Newcomers: people whom nobody knows yet, in the departments of the demo's policy. */

export interface Newcomer {
  employeeNumber: string;
  givenName: string;
  familyName: string;
  email: string;
  department: string;
  title: string;
  city: string;
}

const DEPARTMENTS = ['Sales', 'Shipping', 'Marketing', 'Finance', 'IT', 'Human Resources'];

/** So many, whose numbers begin with this letter; no two share what has to be unique. */
export function newcomers(letter: string, count: number): Newcomer[] {
  return Array.from({ length: count }, (_, index) => {
    const employeeNumber = `${letter}${String(index).padStart(6, '0')}`;
    return {
      employeeNumber,
      givenName: `Ada${inLetters(Math.floor(index / 260))}`,
      familyName: `Byron${inLetters(index)}${letter.toLowerCase()}`,
      email: `${employeeNumber.toLowerCase()}@joinery-demo.example`,
      department: DEPARTMENTS[index % DEPARTMENTS.length] ?? '',
      title: 'Consultant',
      city: 'Springfield',
    };
  });
}

/** The file in which HR names them, in pieces. */
export function* peopleFile(people: readonly Newcomer[]): Generator<Buffer> {
  yield Buffer.from('employeeNumber,startDate,givenName,familyName,email,department,title,city,country\n');
  for (const one of people) {
    const { employeeNumber, givenName, familyName, email, department, title, city } = one;
    const cells = [employeeNumber, '2026-01-01', givenName, familyName, email, department, title, city, 'US'];
    yield Buffer.from(`${cells.join(',')}\n`);
  }
}

function inLetters(index: number): string {
  return String(index).replaceAll(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));
}
