/** Turns: an activity with more to do than fits its deadline is called again with how far it came. */
import type { Reported } from '#activities/request.ts';

/** Calls until an answer holds no progress, and answers that one. */
export async function inTurns<Progress>(
  turn: (more: { progress?: Progress }) => Promise<Reported & { progress?: Progress }>,
): Promise<Reported> {
  let more: { progress?: Progress } = {};
  for (;;) {
    const answer = await turn(more);
    if (answer.progress === undefined) return answer;
    more = { progress: answer.progress };
  }
}
