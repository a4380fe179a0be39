/** Turns: an activity with more to do than fits its deadline is called again with how far it came. */
import type { OperationRequest, Reported } from '#activities/request.ts';

/** Calls the activity until an answer holds no progress, and answers that one. */
export async function inTurns<Progress>(
  activity: (request: OperationRequest & { progress?: Progress }) => Promise<Reported & { progress?: Progress }>,
  request: OperationRequest,
): Promise<Reported> {
  let progress: Progress | undefined;
  for (;;) {
    const answer = await activity({ ...request, ...(progress === undefined ? {} : { progress }) });
    if (answer.progress === undefined) return answer;
    ({ progress } = answer);
  }
}
