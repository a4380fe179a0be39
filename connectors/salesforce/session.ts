/** A session with one org: signed in once, shared by all calls, renewed at most once per call. */
import { Connection } from 'jsforce';
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { callFailure, type Attempt } from './failures.ts';
import { signIn, type Token } from './login.ts';
import type { Secret, Settings } from './settings.ts';
import { asCall, orAborted, transport, type Call } from './transport.ts';

export type Org = Connection;

export interface Session {
  settings: Settings;
  /**
   * Runs one step against the org. An expired session is renewed once; whatever fails comes out as a ConnectorError
   * that says what was tried.
   */
  call<T>(
    attempt: Attempt,
    context: CallContext | undefined,
    step: (org: Org, call: Call) => PromiseLike<T>,
  ): Promise<T>;
  /** Record id of the user we act as; signs in if need be. */
  userId(context: CallContext | undefined): Promise<string>;
}

/** Opens nothing yet. */
export function createSession(settings: Settings, secret: Secret): Session {
  let signedIn: Promise<{ token: Token; org: Org }> | undefined;

  const newCall = (context: CallContext | undefined): Call => ({
    signal: context?.signal ?? new AbortController().signal,
    timeoutMs: settings.timeoutMs,
  });

  /** Concurrent calls share one login; a failed one is forgotten. It is nobody's in particular, so nobody cancels it. */
  const session = () => {
    signedIn ??= login(settings, secret, newCall(undefined)).catch((error: unknown) => {
      signedIn = undefined;
      throw error;
    });
    return signedIn;
  };

  /** Nothing is sent while we wait, so that even of a create the outcome is known. */
  const waitFor = <T>(used: Promise<T>, { action }: Attempt, context: CallContext | undefined): Promise<T> =>
    orAborted(used, context?.signal).catch((error: unknown) => {
      throw callFailure(error, { action });
    });

  const once = async <T>(
    used: Promise<{ org: Org }>,
    attempt: Attempt,
    context: CallContext | undefined,
    step: (org: Org, call: Call) => PromiseLike<T>,
  ) => {
    const { org } = await waitFor(used, attempt, context);
    const call = newCall(context);
    try {
      return await asCall(call, () => step(org, call));
    } catch (error) {
      throw callFailure(error, { ...attempt, status: call.status });
    }
  };

  return {
    settings,
    async call(attempt, context, step) {
      const used = session();
      try {
        return await once(used, attempt, context, step);
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.code !== 'INVALID_SESSION_ID') throw error;
        // Whoever sees the expiry first forgets the session; the others wait for the same new login.
        if (signedIn === used) signedIn = undefined;
        return await once(session(), attempt, context, step);
      }
    },
    userId: async (context) => (await waitFor(session(), { action: 'sign in' }, context)).token.userId,
  };
}

async function login(settings: Settings, secret: Secret, call: Call): Promise<{ token: Token; org: Org }> {
  try {
    const token = await asCall(call, () => signIn(settings, secret));
    const { accessToken, instanceUrl } = token;
    const org = new Connection({ version: settings.apiVersion, instanceUrl, accessToken });
    Object.assign(org, { _transport: transport });
    return { token, org };
  } catch (error) {
    throw callFailure(error, { action: 'sign in', login: true, status: call.status });
  }
}
