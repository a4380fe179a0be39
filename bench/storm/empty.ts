/** The empty workflow: as many activities as a joiner has, in the same order, which do nothing. */
import { condition, proxyActivities, proxyLocalActivities, setHandler, defineSignal } from '@temporalio/workflow';

/** How many bytes an activity is asked and answers. */
export interface Step {
  local: boolean;
  asked: number;
  answered: number;
}

/** Steps of a round are taken at the same time. */
export type Rounds = Step[][];

interface EmptyActivities {
  nothing(payload: string, answered: number): Promise<string>;
}

const options = { scheduleToCloseTimeout: '24 hours' } as const;
const { nothing } = proxyActivities<EmptyActivities>({ ...options, heartbeatTimeout: '10 seconds' });
const { nothing: nothingInPassing } = proxyLocalActivities<EmptyActivities>(options);

export const startSignal = defineSignal<[Rounds]>('start');

/** Takes the steps that the signal it is started by tells. */
export async function empty(): Promise<void> {
  let rounds: Rounds | undefined;
  setHandler(startSignal, (told) => {
    rounds = told;
  });
  await condition(() => rounds !== undefined);
  for (const round of rounds ?? [])
    await Promise.all(
      round.map(({ local, asked, answered }) => (local ? nothingInPassing : nothing)('x'.repeat(asked), answered)),
    );
}
