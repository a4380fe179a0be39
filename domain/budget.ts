/** Budget: an application's API calls are shared by everybody; a part is kept for those who must not wait. */
import type { Usage } from './verification.ts';

/**
 * Why no call may be made now, or undefined. `reserve` is the share (0 to 1) of all calls that only urgent work may
 * touch; urgent work goes on until the application itself refuses.
 */
export function budgetFault({ used, total }: Usage, reserve: number, urgent: boolean): string | undefined {
  if (total <= 0 || urgent) return undefined;
  const most = Math.floor(total * (1 - reserve));
  if (used < most) return undefined;
  const kept = total - most;
  return `${used} of ${total} API calls are used${kept > 0 ? `; the last ${kept} are kept for leavers` : ''}`;
}
