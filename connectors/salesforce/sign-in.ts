/** The one sign-in that all calls to an org share: renewed when it expired, and never more than once a second. */
import { Connection } from 'jsforce';
import type { ConnectorError } from '#connectors/errors.ts';
import { callFailure } from './failures.ts';
import { signIn, type Token } from './login.ts';
import type { Secret, Settings } from './settings.ts';
import { asCall, transport, type Call } from './transport.ts';

export interface SignedIn {
  token: Token;
  org: Connection;
}

export interface SharedSignIn {
  /** The org as we are signed in now; signs in if need be. A refusal that is still fresh is told again, not asked for. */
  current(): Promise<SignedIn>;
  /** Salesforce refused this session: the next `current` signs in anew, unless that was done within the last second. */
  expired(session: SignedIn, refusal: Error): void;
  /** Somebody wants to know whether credentials that were refused are mended: the next `current` asks. */
  askAnew(): void;
}

/** What is refused or fails now is refused to everybody for this long. */
const ASK_AGAIN_MS = 1_000;
/** Refused credentials stay refused until somebody mends them, and too many attempts lock the user out. */
const CREDENTIALS_AGAIN_MS = 30_000;

/** Opens nothing yet. */
export function createSignIn(settings: Settings, secret: Secret): SharedSignIn {
  let signedIn: Promise<SignedIn> | undefined;
  let live: { session: SignedIn; at: number; renewed: boolean } | undefined;
  let signIns = 0;
  let refused: { error: Error; until: number } | undefined;

  /** It is nobody's in particular, so nobody cancels it. */
  const begin = async (): Promise<SignedIn> => {
    const at = Date.now();
    try {
      const session = await open(settings, secret);
      live = { session, at, renewed: signIns > 0 };
      signIns += 1;
      return session;
    } catch (error) {
      const { kind } = error as ConnectorError;
      const pause = kind === 'auth' || kind === 'throttled' ? CREDENTIALS_AGAIN_MS : ASK_AGAIN_MS;
      refused = { error: error as ConnectorError, until: Date.now() + pause };
      signedIn = undefined;
      throw error;
    }
  };

  return {
    async current() {
      if (refused && Date.now() < refused.until) throw refused.error;
      signedIn ??= begin();
      return signedIn;
    },
    askAnew() {
      refused = undefined;
    },
    expired(session, refusal) {
      // Whoever sees the expiry first forgets the session; the others wait for the same new one.
      if (live?.session !== session) return;
      const { at, renewed } = live;
      live = undefined;
      signedIn = undefined;
      // One that was renewed just now has not expired: we are not wanted.
      if (renewed && Date.now() < at + ASK_AGAIN_MS) refused = { error: refusal, until: at + ASK_AGAIN_MS };
    },
  };
}

/** Throws ConnectorErrors. */
async function open(settings: Settings, secret: Secret): Promise<SignedIn> {
  const call: Call = { signal: new AbortController().signal, timeoutMs: settings.timeoutMs };
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
