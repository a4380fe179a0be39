/** What a stored HR event becomes on its way to the person's lane. */
import type { Client } from '@temporalio/client';
import { isChange, type HrChange } from '#domain/hr-event.ts';
import type { LaneMessage } from '#domain/lane.ts';
import { displayName } from '#domain/person.ts';
import { findHrEvents, type HrEventRecord } from '#directory/hr-events.ts';
import { findPeople } from '#directory/people.ts';
import type { Sql } from '#directory/database.ts';
import { DUE_AT, END_USER, OUTCOME, personWorkflowId } from '#workflows/ids.ts';
import { hrEventSignal, type LaneInput, type LaneResult } from '#workflows/messages.ts';

type Workflow = (input: LaneInput) => Promise<LaneResult>;
/** A record with what its signal needs to say. */
export interface Message {
  record: HrEventRecord;
  person: string;
  target: HrEventRecord | undefined;
}

/** The messages of these records, by person, each person's in the order of the records. */
export async function messagesByPerson(directory: Sql, records: HrEventRecord[]): Promise<Map<string, Message[]>> {
  const targetIds = records.flatMap(({ target }) => (target === null ? [] : [target]));
  const targets = new Map((await findHrEvents(directory, targetIds)).map((record) => [record.id, record]));
  const numbers = [...new Set(records.map(({ employeeNumber }) => employeeNumber))];
  const names = new Map(
    (await findPeople(directory, numbers)).map((person) => [person.employeeNumber, displayName(person)]),
  );
  const lanes = new Map<string, Message[]>();
  for (const record of records) {
    const { employeeNumber, target } = record;
    const lane = lanes.get(employeeNumber) ?? [];
    lanes.set(employeeNumber, lane);
    lane.push({
      record,
      person: names.get(employeeNumber) ?? employeeNumber,
      target: target === null ? undefined : targets.get(target),
    });
  }
  return lanes;
}

/** Starts the lane with this message, or signals the one that runs. Safe to repeat. */
export async function signal(temporal: Client, taskQueue: string, message: Message): Promise<void> {
  const { record, person, target } = message;
  const { employeeNumber } = record;
  const dueAt = record.dueAt ?? target?.dueAt ?? record.acceptedAt;
  const type = (target ?? record).type;
  await temporal.workflow.signalWithStart<Workflow, [LaneMessage]>(type, {
    workflowId: personWorkflowId(employeeNumber),
    taskQueue,
    signal: hrEventSignal,
    signalArgs: [laneMessage(message)],
    args: [{ lane: { pending: [], settled: [] } }],
    typedSearchAttributes: [
      { key: END_USER, value: employeeNumber },
      { key: DUE_AT, value: new Date(dueAt) },
      { key: OUTCOME, value: 'waiting' },
    ],
    staticSummary: `${person} (${employeeNumber})`,
    staticDetails: `Everything HR says about ${person} (${employeeNumber}), one run per event, in the order in which it falls due.`,
    priority: { priorityKey: type === 'leaver' ? 1 : 3 },
  });
}

function laneMessage({ record, person }: Message): LaneMessage {
  const { id, sequence, employeeNumber, body, dueAt, acceptedAt, target } = record;
  const who = { id, sequence, employeeNumber, person };
  if (isChange(body)) {
    return {
      ...who,
      type: body.type,
      dueAt: dueAt ?? acceptedAt,
      acceptedAt,
      immediate: isImmediate(body),
      amendments: [],
      ...(body.plan === undefined ? {} : { plan: body.plan }),
      ...(body.quiet === undefined ? {} : { quiet: body.quiet }),
    };
  }
  return { ...who, type: body.type, target: target ?? '', ...(dueAt ? { dueAt } : {}) };
}

function isImmediate(change: HrChange): boolean {
  return change.type === 'leaver' && change.immediate === true;
}
