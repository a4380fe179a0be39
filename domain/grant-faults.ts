/** Grant faults: birthrights and pushed groups that name what an application does not have. */
import type { Entitlement } from './account.ts';
import type { Application } from './application.ts';
import type { Schema } from './application-schema.ts';
import { isHeldOnce } from './birthright.ts';
import type { Fault } from './hr-event-input.ts';
import { nearNames } from './near-names.ts';
import { shortened } from './text.ts';

/** Everything that is wrong with what the rules grant. */
export function grantFaults({ birthrights, groupPush }: Application, schema: Schema): Fault[] {
  return [
    ...birthrights.flatMap(({ grant }, index) => [
      ...grant.flatMap((entitlement, position) => {
        const problem = typeFault(schema, entitlement.type) ?? nameFault(schema, entitlement);
        return problem === undefined ? [] : [{ field: `birthrights.${index}.grant.${position}`, problem }];
      }),
      ...rivalFaults(schema, grant, `birthrights.${index}.grant`),
    ]),
    ...groupPush.flatMap(({ type }, index) => {
      const problem = typeFault(schema, type) ?? pushFault(schema, type);
      return problem === undefined ? [] : [{ field: `groupPush.${index}.type`, problem }];
    }),
  ];
}

function typeFault({ accountType, entitlementTypes }: Schema, type: string): string | undefined {
  const types = entitlementTypes.map((one) => one.type);
  if (types.includes(type)) return undefined;
  if (types.length === 0) return `"${shortened(type)}" can not be granted: a ${accountType} holds no entitlements`;
  return `"${shortened(type)}" is not a type of entitlement there; it must be one of ${types.join(', ')}`;
}

/** Names serve without regard to case. No label does: accounts show names, so that what is granted by one would never be seen to be held. */
function nameFault({ entitlements }: Schema, { type, name }: Entitlement): string | undefined {
  if (!entitlements) return undefined;
  const ofType = entitlements.filter((one) => one.type === type);
  const wanted = name.toLowerCase();
  if (ofType.some((one) => one.name.toLowerCase() === wanted)) return undefined;
  const called = ofType.filter(({ label }) => label.toLowerCase() === wanted).map((one) => `"${one.name}"`);
  if (called.length > 0) return `"${name}" is the label of ${type} ${called.join(' and ')}: use the name`;
  if (ofType.length === 0) return `there is no ${type} that we may see`;
  const near = nearNames(
    name,
    ofType.map((one) => one.name),
  );
  return `there is no ${type} "${shortened(name)}" that we may see; did you mean ${near.join(', ')}?`;
}

/** One rule that gives two of what is held once. */
function rivalFaults({ entitlementTypes }: Schema, grant: Entitlement[], field: string): Fault[] {
  const once = [...new Set(grant.filter((one) => isHeldOnce(entitlementTypes, one)).map(({ type }) => type))];
  return once.flatMap((type) => {
    const names = grant.filter((one) => one.type === type).map(({ name }) => `"${shortened(name)}"`);
    return names.length < 2
      ? []
      : [{ field, problem: `an account has one ${type}, and this grants ${names.join(' and ')}` }];
  });
}

/** A group is pushed as something new that many accounts hold. */
function pushFault({ entitlementTypes }: Schema, type: string): string | undefined {
  if (isHeldOnce(entitlementTypes, { type, name: '' }))
    return `an account has one ${type}: groups can not be pushed as that`;
  const definable = entitlementTypes.filter((one) => one.definable === true).map((one) => one.type);
  if (definable.includes(type)) return undefined;
  if (definable.length === 0) return 'nothing can be made there that groups could be pushed as';
  return `a ${type} can not be made there: groups can be pushed as ${definable.join(', ')}`;
}
