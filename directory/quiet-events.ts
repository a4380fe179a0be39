/** Quiet events: what Joinery itself puts into somebody's lane. Nobody is told, since nothing happened to the person. */
import { localDate } from '#domain/due.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { bodySha256, type NewHrEvent } from './hr-events.ts';

/** A mover to store in the inbox. `dueAt`: ISO instant. `plan`: the number of the plan that it carries out. */
export function quietMover({
  id,
  employeeNumber,
  dueAt,
  source,
  plan,
}: Pick<NewHrEvent, 'id' | 'employeeNumber' | 'source'> & { dueAt: string; plan?: number }): NewHrEvent {
  const body: HrChange = {
    id,
    type: 'mover',
    employeeNumber,
    effectiveDate: localDate(dueAt, 'UTC'),
    ...(plan === undefined ? {} : { plan }),
    quiet: true,
  };
  return { id, type: body.type, employeeNumber, target: null, dueAt, body, bodySha256: bodySha256(body), source };
}
