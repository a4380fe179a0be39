/** Window: much work, of which only so much is at work at once. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Does all of it in its order, `width` at a time. What fails cancels the others; it is thrown once all of them have ended,
 * so that nothing is at work any more.
 */
export async function inWindow(width: number, work: (() => Promise<void>)[]): Promise<void> {
  const left = work.values();
  let failed = false;
  const scope = new CancellationScope();
  const takeNext = async (): Promise<void> => {
    for (const one of left) {
      if (failed) return;
      await one();
    }
  };
  const lines = scope.run(() =>
    Promise.allSettled(
      Array.from({ length: width }, () =>
        takeNext().catch((error: unknown) => {
          failed = true;
          scope.cancel();
          throw error;
        }),
      ),
    ),
  );
  const reasons = (await lines).filter((line) => line.status === 'rejected').map(({ reason }) => reason as unknown);
  const first = reasons.find((reason) => !isCancellation(reason)) ?? reasons[0];
  if (first !== undefined) throw first;
}
