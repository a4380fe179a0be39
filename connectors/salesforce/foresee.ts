/** What an intended change would meet: what Salesforce would refuse, and which licences it would take. Writes nothing. */
import type { CallContext, Connector, IntendedChange } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { entitlementLabel, sameEntitlement, type Entitlement } from '#domain/account.ts';
import { attributeFaults } from './attribute-faults.ts';
import type { Fields } from './describe.ts';
import { KEEP_MS } from './kept.ts';
import type { Licence, Licences } from './licences.ts';
import type { KnownEntitlement, Names } from './names.ts';

interface Sources {
  names: Names;
  licences: Licences;
  fields: Fields;
}

/** `asked`: as the plan names it. */
interface Asked extends KnownEntitlement {
  asked: Entitlement;
}

/** `profile`: the one that the account has in the end. */
interface Profiles {
  before: KnownEntitlement | undefined;
  profile: KnownEntitlement | undefined;
}

/** A permission set asks for a user licence or, with this prefix of its id, for a permission set licence. */
const SET_LICENCE_ID = /^0PL/;

/** `foresee` of the connector. No API call while what is kept is known, but one to count the licences that are taken. */
export function createForesee({ names, licences, fields }: Sources): Required<Pick<Connector, 'foresee'>> {
  return {
    async foresee(intended, context) {
      const heldProfile = intended.account?.entitlements.find(({ type }) => type === 'profile');
      const [described, profileBefore, ...found] = await Promise.all([
        fields(KEEP_MS, context),
        heldProfile ? names.find(heldProfile, context) : undefined,
        ...intended.entitlements.map((one) => asAsked(one, names, context)),
      ]);
      const known = found.filter((one): one is Asked => !(one instanceof ConnectorError));
      const before = profileBefore instanceof ConnectorError ? undefined : profileBefore;
      const profiles = { before, profile: known.find(({ type }) => type === 'profile') ?? before };
      const given = known.filter((one) => !isHeld(intended, one));

      const asking = (await Promise.all(given.map((one) => setsOf(one, names, context)))).flat();
      const setLicences = asking.some(({ set: { licence } }) => licence && SET_LICENCE_ID.test(licence.id))
        ? (await licences.known(KEEP_MS, context))['permission-set-license'].all
        : [];
      return {
        faults: [
          ...attributeFaults(intended, described),
          ...found.filter((one) => one instanceof ConnectorError),
          ...asking.flatMap((one) => licenceFault(one, { intended, given, profiles, setLicences }) ?? []),
        ],
        takes: await licences.countOf(licencesTaken(intended, given, profiles), context),
      };
    },
  };
}

/** The entitlement, or an error that carries the name it was asked by. */
async function asAsked(
  asked: Entitlement,
  names: Names,
  context: CallContext | undefined,
): Promise<Asked | ConnectorError> {
  const found = await names.find(asked, context);
  if (!(found instanceof ConnectorError)) return { ...found, asked };
  const { code, remedy, retryAfterMs } = found;
  return new ConnectorError(found.kind, found.message, {
    ...(code === undefined ? {} : { code }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    entitlement: asked,
    cause: found,
  });
}

function isHeld({ account }: IntendedChange, wanted: Pick<KnownEntitlement, 'type' | 'name'>): boolean {
  return account?.entitlements.some((held) => sameEntitlement(held, wanted)) ?? false;
}

/** By the names that they are counted under. */
function licencesTaken(intended: IntendedChange, given: KnownEntitlement[], { before, profile }: Profiles): string[] {
  const { account, reactivates } = intended;
  const seated = account !== undefined && account.status !== 'inactive';
  const moves = seated && before?.licence?.id !== profile?.licence?.id;
  const licence = account === undefined || reactivates || moves ? profile?.licence?.name : undefined;
  return [
    ...(licence === undefined ? [] : [`user-license ${licence}`]),
    ...given
      .filter(({ type }) => type === 'permission-set-license' || type === 'package-license')
      .map((one) => entitlementLabel(one)),
  ];
}

/** A permission set that is given, by itself or in a group (`by`). */
interface GivenSet {
  set: KnownEntitlement;
  by: Asked;
}

async function setsOf(given: Asked, names: Names, context: CallContext | undefined): Promise<GivenSet[]> {
  if (given.type === 'permission-set') return [{ set: given, by: given }];
  if (given.type !== 'permission-set-group') return [];
  return (await names.setsIn(given.id, context)).map((set) => ({ set, by: given }));
}

interface Surroundings {
  intended: IntendedChange;
  given: KnownEntitlement[];
  profiles: Profiles;
  setLicences: Licence[];
}

/** Why a permission set can not be given for want of a licence. */
function licenceFault(
  { set, by }: GivenSet,
  { intended, given, profiles: { profile }, setLicences }: Surroundings,
): ConnectorError | undefined {
  const { licence } = set;
  if (!licence) return undefined;
  const what = set === by ? entitlementLabel(set) : `${entitlementLabel(by)}, in which is ${entitlementLabel(set)},`;
  if (!SET_LICENCE_ID.test(licence.id)) {
    if (!profile?.licence || profile.licence.id === licence.id) return undefined;
    const ours = `user-license ${profile.licence.name ?? profile.licence.id}, which profile ${profile.name} has`;
    return new ConnectorError('invalid-data', `salesforce: ${what} is for another licence than ${ours}`, {
      remedy: 'give a profile of the licence that it is for, or something else in its place',
      entitlement: by.asked,
    });
  }
  const seat = setLicences.find(({ id }) => id === licence.id);
  if (!seat) return undefined;
  const same = { type: 'permission-set-license' as const, name: seat.name };
  if (isHeld(intended, same) || given.some((one) => sameEntitlement(one, same))) return undefined;
  return new ConnectorError('invalid-data', `salesforce: ${what} needs ${entitlementLabel(same)}`, {
    remedy: `grant ${entitlementLabel(same)} by the same rule`,
    entitlement: by.asked,
  });
}
