/** Alternatives: a name that is taken in the application gives way to the next one, until one is free. */
import type { Operation } from '#domain/plan.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { OperationRequest, Subject } from './request.ts';

/**
 * Writes the operation; as long as the application answers that the value of an attribute with alternatives is taken, again
 * with the next of them. `write` gets the operation as it would then be carried out: its changes have the values that are
 * tried, its reason names those that were taken. Throws what `write` throws, and a `conflict` when all were taken.
 */
export async function untilFree<T>(request: OperationRequest, write: (operation: Operation) => Promise<T>): Promise<T> {
  for (let trial = firstTrial(request); ;) {
    try {
      return await write(trial.operation);
    } catch (error) {
      trial = nextTrial(trial, error);
    }
  }
}

/** An operation as it is tried now: with the next alternatives in the place of what was taken. */
export interface Trial {
  operation: Operation;
  request: TrialRequest;
  taken: Taken[];
}

type TrialRequest = Pick<OperationRequest, 'application' | 'operation'> & { event: Subject };

export function firstTrial(request: TrialRequest): Trial {
  return { operation: request.operation, request, taken: [] };
}

/** What is tried after this error. Throws it where it does not say that such a value is taken; a `conflict` when all are. */
export function nextTrial({ operation: tried, request, taken: before }: Trial, error: unknown): Trial {
  const { operation } = request;
  const attribute = takenAttribute(error, tried);
  if (attribute === undefined) throw error;
  const value = String(tried.changes.find((change) => change.attribute === attribute)?.new);
  const taken = [...before, { attribute, value }];
  const all = taken.filter((one) => one.attribute === attribute);
  if (all.length > (operation.alternatives?.[attribute]?.length ?? 0)) throw usedUp(request, attribute, all);
  return { operation: withAlternatives(operation, taken), request, taken };
}

interface Taken {
  attribute: string;
  value: string;
}

function withAlternatives(operation: Operation, taken: Taken[]): Operation {
  if (taken.length === 0) return operation;
  const changes = operation.changes.map((change) => {
    const refused = taken.filter(({ attribute }) => attribute === change.attribute).length;
    const next = refused > 0 ? operation.alternatives?.[change.attribute]?.[refused - 1] : undefined;
    return next === undefined ? change : { ...change, new: next };
  });
  return { ...operation, changes, reason: `${operation.reason}; taken: ${namesOf(taken)}` };
}

/** The attribute whose value the application refused as taken, when there are alternatives for it. */
function takenAttribute(error: unknown, { alternatives = {}, changes }: Operation): string | undefined {
  if (!(error instanceof ConnectorError) || error.kind !== 'conflict') return undefined;
  return error.fields.find((field) => field in alternatives && changes.some(({ attribute }) => attribute === field));
}

function usedUp({ application, operation, event }: TrialRequest, attribute: string, taken: Taken[]): ConnectorError {
  const names = `all ${taken.length} names were tried, from ${taken[0]?.value} to ${taken.at(-1)?.value}`;
  return new ConnectorError(
    'conflict',
    `${application}: ${operation.kind} account of ${event.person} (${event.employeeNumber}): ${names}; ${attribute} must be unique`,
    {
      fields: [attribute],
      remedy: `add alternatives to the mapping of ${attribute}, or rename an account that has one of them`,
    },
  );
}

function namesOf(taken: Taken[]): string {
  return taken.map(({ attribute, value }) => `${attribute} ${value}`).join(', ');
}
