/** Every activity the worker runs. Workflows see only the type. */
import { createAccountActivities } from './accounts.ts';
import { createBlockerActivities } from './blockers.ts';
import type { Dependencies } from './dependencies.ts';
import { createEntitlementActivities } from './entitlements.ts';
import { createEventActivities } from './events.ts';
import { createImportBlockActivities } from './import-blocks.ts';
import { createImportPageActivities } from './import-pages.ts';
import { createImportPauseActivities } from './import-pauses.ts';
import { createImportUntoldActivities } from './import-untold.ts';
import { createNoticeActivities } from './notices.ts';
import { createOwnershipActivities } from './ownership.ts';
import { createPlanActivities } from './plans.ts';
import { createPlanPageActivities } from './plan-pages.ts';
import { createReturnActivities } from './return-ownership.ts';
import { createStatusActivities } from './statuses.ts';
import { createTaskActivities } from './tasks.ts';
import { createWatchActivities } from './watch.ts';

/** The activities over these dependencies; nothing is opened until one is called. */
export function createActivities(dependencies: Dependencies) {
  return {
    ...createEventActivities(dependencies),
    ...createPlanActivities(dependencies),
    ...createPlanPageActivities(dependencies),
    ...createAccountActivities(dependencies),
    ...createBlockerActivities(dependencies),
    ...createStatusActivities(dependencies),
    ...createEntitlementActivities(dependencies),
    ...createOwnershipActivities(dependencies),
    ...createReturnActivities(dependencies),
    ...createImportBlockActivities(dependencies),
    ...createImportPageActivities(dependencies),
    ...createImportPauseActivities(dependencies),
    ...createImportUntoldActivities(dependencies),
    ...createNoticeActivities(dependencies),
    ...createTaskActivities(dependencies),
    ...createWatchActivities(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
