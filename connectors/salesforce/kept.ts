/** What is looked up once for everybody and kept for a while. */
import type { CallContext } from '#connectors/connector.ts';
import { callFailure } from './failures.ts';
import { orAborted } from './transport.ts';

/** The value, asked for again when it is older than this many milliseconds. Aborting ends the wait, not the look-up. */
export type Kept<T> = (olderThan: number, context: CallContext | undefined) => Promise<T>;

/** Names, fields and such change rarely. */
export const KEEP_MS = 10 * 60_000;
/** What is not known may be new; asking again for every unknown name would cost a call each time. */
export const ASK_AGAIN_MS = 30_000;

/** Whoever waits for it may be urgent; and no signal ends it, as it is nobody's in particular. */
const FOR_EVERYBODY: CallContext = { urgent: true };

/** `load` is shared by all who ask while it runs. */
export function kept<T>(action: string, load: (context: CallContext) => Promise<T>): Kept<T> {
  let known: { asOf: number; value: T } | undefined;
  let loading: Promise<T> | undefined;
  const reload = (): Promise<T> => {
    const asOf = Date.now();
    loading ??= load(FOR_EVERYBODY)
      .then((value) => {
        known = { asOf, value };
        return value;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  return async (olderThan, context) => {
    if (known && Date.now() - known.asOf <= olderThan) return known.value;
    return orAborted(reload(), context?.signal).catch((error: unknown) => {
      throw callFailure(error, { action });
    });
  };
}
