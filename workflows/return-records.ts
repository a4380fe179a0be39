/** Return records: what went to others when somebody left is given back, because an administrator says so. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { LaneEvent } from '#domain/lane.ts';
import type { Operation } from '#domain/plan.ts';
import { applicationWork } from './activities.ts';
import { APPLICATION, OPERATION, OUTCOME } from './ids.ts';
import type { RecordsReturned, ReturnRecords } from './messages.ts';
import { orFailure } from './steps/failure.ts';
import { served } from './steps/served.ts';
import { inTurns } from './steps/turns.ts';

/**
 * Gives this person's records in one application back, unless somebody else has got them since. Started again, it finds
 * nothing left to do. Ends `failed` when the application refused, never by throwing.
 */
export async function returnRecords({ event, application, by }: ReturnRecords): Promise<RecordsReturned> {
  const reason = `given back by ${by}`;
  const operation: Operation = { kind: 'return', changes: [], entitlements: [], reason };
  const work = applicationWork(`${application}: give records back to ${event.person}`, asMover(event));
  const request = { event: asMover(event), application, operation };
  const returned = await orFailure(() => inTurns(work.returnOwnership, request));
  const outcome = returned.ok ? served(returned.value.entries).outcome : 'failed';
  upsertSearchAttributes([
    { key: OUTCOME, value: outcome },
    { key: APPLICATION, value: [application] },
    { key: OPERATION, value: ['return'] },
  ]);
  return returned.ok
    ? { outcome, entries: returned.value.entries }
    : { outcome, entries: [], failure: returned.failure };
}

/** No HR event stands behind it; it has the urgency of a change. */
function asMover({ id, employeeNumber, person, acceptedAt }: ReturnRecords['event']): LaneEvent {
  return {
    id,
    employeeNumber,
    person,
    acceptedAt,
    dueAt: acceptedAt,
    type: 'mover',
    sequence: 0,
    immediate: false,
    amendments: [],
  };
}
