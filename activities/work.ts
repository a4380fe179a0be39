/** How an activity runs: heartbeats while it works, so that a dead worker is noticed and a cancellation arrives. */
import { Context } from '@temporalio/activity';
import type { CallContext, RowOutcome } from '#connectors/connector.ts';
import { PRIORITY } from '#domain/priority.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asActivityFailure } from './failures.ts';

const HEARTBEAT_MS = 2_000;

/** What a step hands to every call: the signal that ends it, and whether it goes before others. */
export interface StepContext extends CallContext {
  signal: AbortSignal;
  urgent: boolean;
}

/** Runs a step with heartbeats; hands it what its calls need, and translates what it throws. */
export async function work<T>(step: (context: StepContext) => Promise<T>): Promise<T> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await step({ signal, urgent: context.info.priority?.priorityKey === PRIORITY.leaver });
  } catch (error) {
    throw asActivityFailure(error, signal);
  } finally {
    clearInterval(beating);
  }
}

/** Tells Temporal at once that the activity is alive, and how far it is. */
export function heartbeat(progress: unknown): void {
  Context.current().heartbeat(progress);
}

/** Which try this is, from 1: from the second on, read back before repeating. */
export function attempt(): number {
  return Context.current().info.attempt;
}

/** The native id of the only row, or its error thrown. */
export function onlyRow(outcomes: RowOutcome[]): string {
  return doneRow(outcomes).nativeId;
}

/** The only row as it was done, or its error thrown. */
export function doneRow([outcome]: RowOutcome[]): Extract<RowOutcome, { ok: true }> {
  if (!outcome) throw new ConnectorError('bug', 'the connector answered no outcome for a row');
  if (!outcome.ok) throw outcome.error;
  return outcome;
}

/** The capability, or an error that says what the connector lacks. */
export function capability<T>(method: T | undefined, application: string, name: string): NonNullable<T> {
  if (method === undefined || method === null) {
    throw new ConnectorError('invalid-data', `${application}: its connector can not ${name}`, {
      remedy: `turn off what needs "${name}" for this application`,
    });
  }
  return method;
}
