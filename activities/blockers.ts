/** Blockers: what keeps a leaver's account from being deactivated, looked for before it is tried and told when it fails. */
import type { Blocker } from '#domain/blocker.ts';
import { doneEntry } from '#domain/report-entry.ts';
import type { Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Dependencies } from './dependencies.ts';
import { recordedAccount, subjectOf, type OperationRequest, type Reported } from './request.ts';
import { work, type StepContext } from './work.ts';

export function createBlockerActivities({ directory, connections }: Dependencies) {
  return {
    /**
     * Looks for what keeps the account from being deactivated, or stops working once it is, and says it in the report;
     * nothing found is no entry. Changes nothing; what can not be looked up never fails the leaver. Safe to repeat.
     */
    scanBlockers: (request: OperationRequest): Promise<Reported> =>
      work(async (context) => {
        const account = await recordedAccount(directory, request);
        const { connector } = await connections.open(request.application, context);
        const blockers = await found(connector, account.nativeId, context);
        if (blockers.length === 0) return { entries: [] };
        const subjects = blockers.map(
          ({ blocks, label, remedy }) => `${blocks ? 'blocks' : 'breaks'}: ${label} (${remedy})`,
        );
        return { entries: [{ ...doneEntry(subjectOf(request, account), request.operation), subjects }] };
      }),
  };
}

/** A refused deactivation, with what was found to stand in its way and how to put it out of the way. */
export async function explainBlocked(
  connector: Connector,
  error: ConnectorError,
  nativeId: string,
  context: StepContext,
): Promise<ConnectorError> {
  if (error.kind !== 'blocked') return error;
  const blocking = (await found(connector, nativeId, context)).filter(({ blocks }) => blocks);
  if (blocking.length === 0) return error;
  const labels = blocking.map(({ label }) => label).join('; ');
  const remedy = [error.remedy, ...blocking.map((one) => one.remedy)].filter(Boolean).join('; ');
  const facts = { remedy, cause: error, ...(error.code ? { code: error.code } : {}) };
  return new ConnectorError('blocked', `${error.message}; found: ${labels}`, facts);
}

async function found(connector: Connector, nativeId: string, context: StepContext): Promise<Blocker[]> {
  try {
    const [blockers = []] = (await connector.blockers?.([nativeId], context)) ?? [];
    return blockers;
  } catch (error) {
    if (error instanceof ConnectorError) return [];
    throw error;
  }
}
