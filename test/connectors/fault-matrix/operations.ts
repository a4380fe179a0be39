/** Every operation of the Salesforce connector, for the fault matrix: what it asks, and what there is to be once it is done. */
import type { Connector, Correlation, RowOutcome } from '#connectors/connector.ts';
import type { Purpose } from './faults.ts';
import { contactFields, type Subject, type World } from './world.ts';

export type Whole = Required<Connector>;

interface Operation {
  name: string;
  /** What each of its API calls is for, in their order, from a connector that knows nothing yet. */
  calls: Purpose[];
  object?: 'Contact';
  /** One of those that it is tried on, as it is before. */
  prepare(world: World): Promise<Subject>;
}

/** It changes nothing: its answer tells whether it worked. */
export interface Reading extends Operation {
  ask(connector: Whole, subjects: Subject[]): Promise<unknown>;
  answer(subjects: Subject[]): unknown;
}

/** It changes each subject by as many rows; the org tells whether it worked. */
export interface Writing extends Operation {
  write(connector: Whole, subjects: Subject[]): Promise<RowOutcome[]>;
  /** Whether an earlier try made it, for what may not be repeated blindly. */
  isMade?(connector: Whole, subject: Subject): Promise<boolean>;
  /** Every row in the org that has to do with it. */
  state(world: World, subject: Subject): Promise<unknown>;
  wanted(subject: Subject): unknown;
}

export function ids(subjects: Subject[]): string[] {
  return subjects.map(({ id }) => id);
}

export function byNumber(subjects: Subject[]): Correlation[] {
  return [{ attribute: 'EmployeeNumber', values: subjects.map(({ number }) => `N${number}`) }];
}

export function byEmail(subjects: Subject[]): Correlation[] {
  return [{ attribute: 'Email', values: subjects.map((subject) => contactFields(subject).Email) }];
}
