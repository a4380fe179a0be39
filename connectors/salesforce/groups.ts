/** Public groups: made where they are missing, renamed where their label differs. Who is in one goes by grant and revoke. */
import type { CallContext, Connector, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { entitlementLabel, type LabelledEntitlement } from '#domain/account.ts';
import { isDefinable } from './entitlement-types.ts';
import { queryAll, type Row } from './query.ts';
import { changeRows, type RowResult } from './rows.ts';
import type { Session } from './session.ts';
import type { NativeRow } from './shared-writes.ts';
import { fitting, oneOf } from './soql.ts';

/** Salesforce's own limits. */
const LONGEST_NAME = 80;
const LONGEST_LABEL = 40;
/** Salesforce takes URLs of 16,384 bytes; the rest of the query needs some of them. */
const LONGEST_NAMES = 12_000;

const LOOK_UP = { action: 'look up public groups' };
const DEFINE = { action: 'define public groups' };

/** One API call to see what is there, one for all that is made and renamed, and two more for what somebody made meanwhile. */
export function createGroups(session: Session): Required<Pick<Connector, 'defineEntitlements' | 'definitionFault'>> {
  const known = async (names: string[], context: CallContext | undefined): Promise<Map<string, Row>> => {
    const groups = new Map<string, Row>();
    for (const some of fitting(names, (name) => name, LONGEST_NAMES)) {
      const soql = `SELECT Id, DeveloperName, Name FROM Group WHERE Type = 'Regular' AND ${oneOf('DeveloperName', some)}`;
      for (const row of await session.call(LOOK_UP, context, (org) => queryAll(org, soql)))
        groups.set(keyOf(String(row['DeveloperName'])), row);
    }
    return groups;
  };

  /** One outcome for each; what is there already and named so is not written. */
  const write = async (wanted: LabelledEntitlement[], context: CallContext | undefined): Promise<RowOutcome[]> => {
    const valid = wanted.filter((one) => faultOf(one) === undefined);
    const there = await known([...new Set(valid.map(({ name }) => name))], context);
    const group = ({ name }: LabelledEntitlement) => there.get(keyOf(name));
    const isDone = (one: LabelledEntitlement) => group(one)?.['Name'] === one.label.trim();
    const written = wanted.filter((one) => faultOf(one) !== undefined || !isDone(one));
    const rows = written.map((one): RowResult => faultOf(one) ?? rowFor(one, group(one)));
    const outcomes = await changeRows(session, context, { rows, labels: written.map(labelOf) }, DEFINE, 'setup');
    const outcomeOf = new Map(written.map((one, index) => [one, outcomes[index]]));
    return wanted.map((one) => outcomeOf.get(one) ?? { ok: true, nativeId: group(one)?.Id ?? '' });
  };

  return {
    definitionFault: faultOf,

    async defineEntitlements(wanted, context) {
      const outcomes = await write(wanted, context);
      // Somebody made it between our look and our write: it is there now.
      const taken = wanted.filter((_, index) => isTaken(outcomes[index]));
      if (taken.length === 0) return outcomes;
      const again = await write(taken, context);
      return outcomes.map((outcome, index) => again[taken.indexOf(wanted[index] as LabelledEntitlement)] ?? outcome);
    },
  };
}

function rowFor({ name, label }: LabelledEntitlement, group: Row | undefined): NativeRow {
  const attributes = { type: 'Group' };
  const Name = label.trim();
  return group ? { attributes, Id: group.Id, Name } : { attributes, Type: 'Regular', DeveloperName: name, Name };
}

/** What Salesforce would refuse, told before anything is sent. */
function faultOf(one: LabelledEntitlement): ConnectorError | undefined {
  const { type, name, label } = one;
  if (!isDefinable(type))
    return fault(one, 'it can not be made by Joinery', 'push groups as public-group, or make it in Setup');
  if (name.length > LONGEST_NAME)
    return fault(one, `the name has ${name.length} characters, at most ${LONGEST_NAME}`, SHORTEN);
  if (!/^[A-Za-z](?:_?[A-Za-z0-9])*$/.test(name)) {
    return fault(
      one,
      'the name must begin with a letter and have only letters (A to Z), digits and single underscores, none at its end',
      'correct the name in the group push rule',
    );
  }
  const { length } = label.trim();
  if (length === 0) return fault(one, 'the label is empty', 'give the group a label');
  if (length > LONGEST_LABEL)
    return fault(one, `the label has ${length} characters, at most ${LONGEST_LABEL}`, 'give the group a shorter label');
  return undefined;
}

const SHORTEN = 'shorten the name in the group push rule, such as by left()';

function fault(one: LabelledEntitlement, problem: string, remedy: string): ConnectorError {
  const { type, name } = one;
  return new ConnectorError('invalid-data', `salesforce: ${labelOf(one)}: ${problem}`, {
    remedy,
    entitlement: { type, name },
  });
}

function labelOf(one: LabelledEntitlement): string {
  return `define ${entitlementLabel(one)}`;
}

function keyOf(name: string): string {
  return name.toLowerCase();
}

function isTaken(outcome: RowOutcome | undefined): boolean {
  if (!outcome || outcome.ok) return false;
  return outcome.error.code === 'DUPLICATE_DEVELOPER_NAME' || outcome.error.code === 'DUPLICATE_VALUE';
}
