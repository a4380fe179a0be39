/** Why a field or a group was not changed, as the command line and the API tell it. */
import type { Fault } from '#domain/hr-event-input.ts';
import type { MembersChanged } from './groups.ts';
import type { Breaking, FieldRefusal } from './profile-fields.ts';

export interface Told {
  message: string;
  faults: Fault[];
}

/** What was refused and why, one fault for each place or person that is named. */
export function tellRefusal(name: string, refusal: FieldRefusal | Extract<MembersChanged, { result: 'nobody' }>): Told {
  switch (refusal.result) {
    case 'invalid':
      return { message: `${name} can not be so: ${sentence(refusal.faults)}`, faults: refusal.faults };
    case 'rules':
      return {
        message: `${name} is spoken of, and these rules could not be applied any more: ${sentence(refusal.faults)}`,
        faults: refusal.faults,
      };
    case 'people': {
      const faults = refusal.first.map(breakingFault);
      const more = refusal.count > faults.length ? `, the first ${faults.length}` : '';
      return { message: `${refusal.count} would not fit ${name}${more}: ${sentence(faults)}`, faults };
    }
    case 'values':
      return {
        message: `${refusal.count} people have a value in ${name}: say that these are to be forgotten (--forget-values, forgetValues=true)`,
        faults: [],
      };
    case 'nobody': {
      const faults = refusal.numbers.map((number) => ({ field: number, problem: 'is nobody’s employee number' }));
      return { message: `nobody was changed in ${name}: ${sentence(faults)}`, faults };
    }
  }
}

function breakingFault({ employeeNumber, name, event, value, problem }: Breaking): Fault {
  const from = event === null ? '' : `, by HR event ${event}`;
  return { field: employeeNumber, problem: `(${name}${from}) ${value === null ? '' : `"${value}" `}${problem}` };
}

function sentence(faults: Fault[]): string {
  return faults.map(({ field, problem }) => `${field} ${problem}`).join('; ');
}
