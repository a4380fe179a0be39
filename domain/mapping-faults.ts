/** Mapping faults: rules that an application's schema shows to be wrong before anybody is provisioned by them. */
import { entitlementLabel, type AttributeValue } from './account.ts';
import type { Application } from './application.ts';
import type { AttributeDescription, Schema } from './application-schema.ts';
import type { Expressions } from './expression.ts';
import type { Fault } from './hr-event-input.ts';
import { importSchemaFaults } from './import-faults.ts';
import type { AttributeMapping } from './mapping.ts';
import { nearNames, SUGGESTION } from './near-names.ts';
import { shortened } from './text.ts';
import { kindTaken, KINDS_BY_RESULT, valueFault } from './value-faults.ts';

/** Everything that is wrong with mappings, correlation rules, protection and import mappings there; expressions with a fault of their own are passed over. */
export function mappingFaults(application: Application, schema: Schema, expressions: Expressions): Fault[] {
  const { mappings, correlation, protect, importMappings } = application;
  return [
    ...mappings.flatMap((mapping) => faultsOfOne(mapping, schema, expressions)),
    ...requiredFaults(application, schema),
    ...correlation.flatMap(({ attribute }) => readingFaults(`correlation.${attribute}`, attribute, schema)),
    ...protect.flatMap((condition, index) => [
      ...expressions.attributesIn(condition).flatMap((name) => readingFaults(`protect.${index}`, name, schema)),
      ...expressions.entitlementsIn(condition).flatMap((label) => heldFaults(`protect.${index}`, label, schema)),
    ]),
    ...importSchemaFaults(importMappings, schema, expressions, (field, name) => readingFaults(field, name, schema)),
  ];
}

/** The attribute of exactly this name: a plan compares names as the application writes them. */
export function attributeOf({ attributes }: Schema, name: string): AttributeDescription | undefined {
  return attributes.find((attribute) => attribute.name === name);
}

function faultsOfOne(mapping: AttributeMapping, schema: Schema, expressions: Expressions): Fault[] {
  const field = `mappings.${mapping.attribute}`;
  const attribute = attributeOf(schema, mapping.attribute);
  if (!attribute) return [{ field, problem: noSuchAttribute(schema, mapping.attribute) }];
  const unfit = unfitFault(attribute);
  if (unfit !== undefined) return [{ field, problem: unfit }];
  const { constant, alternatives = [], onCreateOnly = false } = mapping;
  return [
    ...(attribute.changeable || onCreateOnly
      ? []
      : [
          { field, problem: `${attribute.name} can be set when an account is made, and not changed: set onCreateOnly` },
        ]),
    ...(attribute.read || onCreateOnly
      ? []
      : [{ field, problem: `${notRead(attribute.name)}, so that a plan can tell whether it changed` }]),
    ...typeFaults(field, attribute, givenType(mapping, expressions)),
    ...fixedFaults(field, attribute, constant),
    ...fixedFaults(`${field}.default`, attribute, mapping.default),
    ...alternatives.flatMap((one, index) =>
      typeFaults(`${field}.alternatives.${index}`, attribute, expressions.typeOf(one, 'alternative')),
    ),
  ];
}

/** What is wrong with an attribute that a rule about accounts speaks of. */
function readingFaults(field: string, name: string, schema: Schema): Fault[] {
  const attribute = attributeOf(schema, name);
  if (!attribute) return [{ field, problem: noSuchAttribute(schema, name) }];
  return attribute.read ? [] : [{ field, problem: notRead(name) }];
}

/** An entitlement that no account holds would protect nobody. Conditions compare letter by letter. */
function heldFaults(field: string, label: string, { entitlementTypes, entitlements }: Schema): Fault[] {
  const type = entitlementTypes.find((one) => label.startsWith(`${one.type} `))?.type;
  if (type === undefined)
    return [{ field, problem: `"${shortened(label)}" is no entitlement: write its type and name, such as "role CEO"` }];
  const known = entitlements?.filter((one) => one.type === type).map(entitlementLabel);
  if (!known || known.includes(label)) return [];
  const near = known.length === 0 ? '' : `${SUGGESTION}${nearNames(label, known).join(', ')}?`;
  return [{ field, problem: `there is no "${shortened(label)}" that we may see${near}` }];
}

function notRead(name: string): string {
  return `accounts are read without ${name}: add it to settings.extraFields`;
}

/** Why no mapping can set the attribute. */
function unfitFault({ name, writable, entitlementType }: AttributeDescription): string | undefined {
  if (entitlementType !== undefined) return `${name} is set by what is granted: grant a ${entitlementType} instead`;
  return writable ? undefined : `${name} can not be written, or not by the user we sign in as`;
}

function noSuchAttribute({ attributes, accountType }: Schema, name: string): string {
  const candidates = attributes.filter((attribute) => unfitFault(attribute) === undefined);
  const near = nearNames(
    name,
    candidates.map((attribute) => attribute.name),
  );
  return `${accountType} has no attribute "${shortened(name)}" that we may see; did you mean ${near.join(', ')}?`;
}

/** The type that a mapping's source gives; undefined where that is told by its value. */
function givenType({ field, expression }: AttributeMapping, expressions: Expressions): string | undefined {
  const source = expression ?? field;
  return source === undefined ? undefined : expressions.typeOf(source, 'value');
}

/** By what is given and what is taken. */
const CONVERSIONS: Partial<Record<string, string>> = {
  'text as a number': 'toNumber(…)',
  'a number as text': 'text(…)',
  'yes or no as text': 'text(…)',
};

function typeFaults(field: string, attribute: AttributeDescription, type: string | undefined): Fault[] {
  const given = KINDS_BY_RESULT[type ?? ''];
  const taken = kindTaken(attribute);
  if (given === undefined || given === taken) return [];
  const conversion = CONVERSIONS[`${given} as ${taken}`];
  const remedy = conversion === undefined ? '' : `; ${conversion} makes it that`;
  return [{ field, problem: `gives ${given}, and ${attribute.name} takes ${taken}${remedy}` }];
}

/** What is wrong with a value that everybody gets. */
function fixedFaults(field: string, attribute: AttributeDescription, value: AttributeValue | undefined): Fault[] {
  if (value === undefined || value === null) return [];
  const problem = valueFault(attribute, value);
  if (problem !== undefined)
    return [{ field, problem: `${shortened(JSON.stringify(value))} ${problem}${valuesLike(attribute, value)}` }];
  if (!attribute.unique) return [];
  return [{ field, problem: `${attribute.name} is unique there: the same value for everybody fits one person only` }];
}

function valuesLike({ picklist }: AttributeDescription, value: AttributeValue): string {
  return picklist ? `, such as ${nearNames(String(value), picklist).join(', ')}` : '';
}

/** Attributes that a new account can not be without, and that nothing sets. */
function requiredFaults({ mode, toggles, mappings, birthrights }: Application, { attributes }: Schema): Fault[] {
  if (mode === 'link-only' || !toggles.createUser) return [];
  const mapped = new Set(mappings.map(({ attribute }) => attribute));
  const granted = new Set(birthrights.flatMap(({ grant }) => grant.map(({ type }) => type)));
  return attributes
    .filter(({ required, writable }) => required && writable)
    .flatMap(({ name, entitlementType }): Fault[] => {
      if (entitlementType === undefined)
        return mapped.has(name)
          ? []
          : [{ field: `mappings.${name}`, problem: 'is missing: an account can not be without it' }];
      return granted.has(entitlementType)
        ? []
        : [{ field: 'birthrights', problem: `none grants a ${entitlementType}: an account can not be without one` }];
    });
}
