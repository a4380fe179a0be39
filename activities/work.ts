/** How an activity runs: heartbeats while it works, so that a dead worker is noticed and a cancellation arrives. */
import { Context } from '@temporalio/activity';
import type { RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asActivityFailure } from './failures.ts';

const HEARTBEAT_MS = 2_000;

/** Runs a step with heartbeats; hands it the signal that ends its calls, and translates what it throws. */
export async function work<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await step(context.cancellationSignal);
  } catch (error) {
    throw asActivityFailure(error, context.cancellationSignal);
  } finally {
    clearInterval(beat);
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
