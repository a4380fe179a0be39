/** A session with one org: signed in once, shared by all calls, no more of them at a time than the org takes. */
import type { Connection } from 'jsforce';
import type { CallContext } from '#connectors/connector.ts';
import type { Usage } from '#domain/verification.ts';
import { callFailure, isExpiry, limitIn, StepFailed, type Attempt } from './failures.ts';
import { createGate } from './gate.ts';
import { createReturns, type Returns } from './pace.ts';
import type { Secret, Settings } from './settings.ts';
import { createSharedWrites, type SharedWrites } from './shared-writes.ts';
import { createSignIn, type SignedIn } from './sign-in.ts';
import { asCall, orAborted, type Call } from './transport.ts';

export type Org = Connection;

/** What a call does once it may: it is handed the org and the call it runs as. */
export type Step<T> = (org: Org, call: Call) => PromiseLike<T>;

export interface Session {
  settings: Settings;
  /**
   * Runs one step against the org. An expired session is renewed once, and the step runs again; whatever fails comes out
   * as a ConnectorError that says what was tried.
   */
  call<T>(attempt: Attempt, context: CallContext | undefined, step: Step<T>): Promise<T>;
  /** The same for a call on behalf of several: what fails comes out untold, for each of them to tell by `callFailure`. */
  request: <T>(context: CallContext, step: Step<T>) => Promise<T>;
  /** Where rows that are to be written meet the rows of others. */
  writes: SharedWrites;
  /** Callers who were just answered, whatever they had asked. */
  returns: Returns;
  /** API calls used, as the last answer told. */
  usage(): Usage | undefined;
  /** Forgets that credentials were refused lately: the next call tries them. */
  askAnew(): void;
  /** Record id of the user we act as; signs in if need be. */
  userId(context: CallContext | undefined): Promise<string>;
}

/** Opens nothing yet. */
export function createSession(settings: Settings, secret: Secret): Session {
  const signIn = createSignIn(settings, secret);
  const gate = createGate(settings.concurrency, (error) => limitIn(error) === 'concurrency');
  const returns = createReturns();
  let usage: Usage | undefined;

  const once = async <T>({ org }: SignedIn, { signal }: CallContext, step: Step<T>): Promise<T> => {
    const call: Call = { signal: signal ?? new AbortController().signal, timeoutMs: settings.timeoutMs };
    try {
      return await asCall(call, () => step(org, call));
    } catch (error) {
      const failed = new StepFailed(error, call.status);
      const told = call.usage ?? usage;
      if (limitIn(failed) === 'allowance' && told) call.usage = { used: told.total, total: told.total };
      throw failed;
    } finally {
      usage = call.usage ?? usage;
    }
  };

  /** Nothing is sent while we wait, so that even of a create the outcome is known. */
  const signedIn = (context: CallContext) => orAborted(signIn.current(), context.signal);

  const request = <T>(context: CallContext, step: Step<T>): Promise<T> =>
    gate.pass(context, async () => {
      const used = await signedIn(context);
      try {
        return await once(used, context, step);
      } catch (error) {
        if (!isExpiry(error)) throw error;
        signIn.expired(used, error);
      }
      const renewed = await signedIn(context);
      try {
        return await once(renewed, context, step);
      } catch (error) {
        if (isExpiry(error)) signIn.expired(renewed, error);
        throw error;
      }
    });

  return {
    settings,
    request,
    returns,
    writes: createSharedWrites({ request, returns }),
    usage: () => usage,
    askAnew: () => signIn.askAnew(),
    call: (attempt, context, step) =>
      request(context ?? {}, step).catch((error: unknown) => {
        throw callFailure(error, attempt);
      }),
    userId: async (context) => {
      try {
        return (await signedIn(context ?? {})).token.userId;
      } catch (error) {
        throw callFailure(error, { action: 'sign in' });
      }
    },
  };
}
