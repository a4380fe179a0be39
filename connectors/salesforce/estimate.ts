/** Estimate: the API calls that operations cost, known from how the rest of this connector carries them out. */
import type { Connector } from '#connectors/connector.ts';
import type { Entitlement } from '#domain/account.ts';
import type { Operation, OperationKind } from '#domain/plan.ts';
import { ASSIGNED, isAssignedType } from './entitlement-types.ts';
import { MOST_COLLECTIONS } from './writes.ts';

type Cost = (operation: Operation) => number;

const WRITE = 1;
const LOOK = 1;
const NOTHING: Cost = () => 0;

const OF_USERS: Record<OperationKind, Cost> = {
  create: () => WRITE,
  link: NOTHING,
  update: (operation) => WRITE + (setsEmail(operation) ? LOOK : 0),
  freeze: () => LOOK + WRITE,
  unfreeze: () => LOOK + WRITE,
  reactivate: () => WRITE + LOOK + WRITE,
  deactivate: () => WRITE + LOOK,
  delete: NOTHING,
  grant: ({ entitlements }) => stages(entitlements),
  revoke: ({ entitlements }) => LOOK + stages(entitlements),
  scan: () => LOOK,
  // A page, the one who gets it, its move, and the look that finds no more.
  transfer: ({ transfer = [] }) =>
    new Set(transfer.flatMap(({ objects }) => objects)).size * (LOOK + LOOK + WRITE + LOOK),
  return: () => LOOK + WRITE,
};

const OF_RECORDS: Partial<Record<OperationKind, Cost>> = {
  create: () => WRITE,
  update: () => WRITE,
  delete: () => WRITE,
};

/** `estimate` of the connector, for users. */
export const estimateUsers = estimating(OF_USERS);
/** The same for leads and contacts. */
export const estimateRecords = estimating(OF_RECORDS);

function estimating(costs: Partial<Record<OperationKind, Cost>>): Required<Pick<Connector, 'estimate'>> {
  return {
    estimate: (operations) =>
      operations.reduce((sum, operation) => sum + (costs[operation.kind] ?? NOTHING)(operation), 0),
  };
}

function setsEmail({ changes }: Operation): boolean {
  return changes.some(({ attribute, new: value }) => attribute === 'Email' && value !== null && value !== '');
}

/** Licences and the others are written one after the other. */
function stages(entitlements: Entitlement[]): number {
  const types = entitlements.map(({ type }) => type).filter(isAssignedType);
  const isLicence = (type: (typeof types)[number]): boolean => ASSIGNED[type].licence;
  return callsFor(types.filter(isLicence)) + callsFor(types.filter((type) => !isLicence(type)));
}

/** One collection holds all assignments, and one each change of the user's own row. */
function callsFor(types: (keyof typeof ASSIGNED)[]): number {
  const ofUser = types.filter((type) => ASSIGNED[type].take !== undefined).length;
  const collections = ofUser + (types.length > ofUser ? 1 : 0);
  return Math.ceil(collections / MOST_COLLECTIONS);
}
