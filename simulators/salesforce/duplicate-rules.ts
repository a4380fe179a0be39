// Duplicate rules: a lead, contact or account that looks like one that is there already is not saved, unless the rule
// lets a caller insist and the caller does. All rules are off until an administrator switches one on.

import { SalesforceError } from './errors.ts';
import type { Draft, FieldValue, Row } from './journal.ts';
import type { Caller, Org } from './row-rules.ts';

/** By e-mail, or by name: a person's last name with the company or account, an account's name. */
type DuplicateRule = 'email' | 'name';

export interface DuplicateRuleSetting {
  object: string;
  rule: DuplicateRule;
  /** Whether a caller may save all the same by asking to. */
  allowSave: boolean;
}

/** What a caller says in the Sforce-Duplicate-Rule-Header. */
export interface DuplicateHeader {
  allowSave: boolean;
  includeRecordDetails: boolean;
}

/** The fields that have to be the same for two records to match. */
const MATCHED: Readonly<Record<string, Partial<Record<DuplicateRule, readonly string[]>>>> = {
  Lead: { email: ['Email'], name: ['LastName', 'Company'] },
  Contact: { email: ['Email'], name: ['LastName', 'AccountId'] },
  Account: { name: ['Name'] },
};
const MATCHING_RULES: Readonly<Record<string, string>> = {
  Lead: 'Standard_Lead_Match_Rule_v1_0',
  Contact: 'Standard_Contact_Match_Rule_v1_1',
  Account: 'Standard_Account_Match_Rule_v1_0',
};
const ERROR_MESSAGE = 'Use one of these records?';

/** The rules that are on. */
export function duplicateRules(org: Org): DuplicateRuleSetting[] {
  return (org.store.setting('duplicateRules') as DuplicateRuleSetting[] | undefined) ?? [];
}

/** Switches a rule on or off; false when the object has no such rule. */
export function setDuplicateRule(org: Org, setting: DuplicateRuleSetting, on: boolean): boolean {
  if (MATCHED[setting.object]?.[setting.rule] === undefined) return false;
  const others = duplicateRules(org).filter(({ object, rule }) => object !== setting.object || rule !== setting.rule);
  org.store.set('duplicateRules', on ? [...others, setting] : others);
  return true;
}

/** The header's parts; an absent header asks for nothing. */
export function readDuplicateHeader(header: string | string[] | undefined): DuplicateHeader {
  const parts = new Map(
    String(header)
      .split(';')
      .map((part): [string, string] => {
        const [name = '', value = ''] = part.split('=');
        return [name.trim().toLowerCase(), value.trim().toLowerCase()];
      }),
  );
  return {
    allowSave: parts.get('allowsave') === 'true',
    includeRecordDetails: parts.get('includerecorddetails') === 'true',
  };
}

/** DUPLICATES_DETECTED when a rule finds a match; an update is looked at when it changes what the rule compares. */
export function refuseLikelyDuplicate(org: Org, objectName: string, draft: Draft, caller: Caller, before?: Row): void {
  for (const { object, rule, allowSave } of duplicateRules(org)) {
    const fields = object === objectName ? MATCHED[object]?.[rule] : undefined;
    if (fields === undefined || !isLookedAt(fields, draft, before)) continue;
    const matches = matchesOf(org, objectName, fields, { ...before, ...draft }, before?.Id);
    if (matches.length === 0 || (allowSave && caller.duplicates?.allowSave === true)) continue;
    throw new SalesforceError('DUPLICATES_DETECTED', ERROR_MESSAGE, {
      duplicateResult: duplicateResult(objectName, allowSave, matches, caller),
    });
  }
}

function isLookedAt(fields: readonly string[], draft: Draft, before: Row | undefined): boolean {
  return before === undefined || fields.some((name) => name in draft && draft[name] !== before[name]);
}

function matchesOf(
  org: Org,
  objectName: string,
  fields: readonly string[],
  wanted: Draft,
  ownId: string | undefined,
): Row[] {
  const [first = '', ...others] = fields;
  const value = wanted[first] ?? null;
  if (value === null || others.some((name) => (wanted[name] ?? null) === null)) return [];
  return org.store
    .find(objectName, first, value)
    .filter((row) => row.Id !== ownId && others.every((name) => isSame(row[name], wanted[name])));
}

function isSame(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return String(a ?? '').toLowerCase() === String(b ?? '').toLowerCase();
}

function duplicateResult(objectName: string, allowSave: boolean, matches: Row[], caller: Caller): object {
  const withDetails = caller.duplicates?.includeRecordDetails === true;
  const url = `/services/data/v${caller.version ?? '67.0'}/sobjects/${objectName}`;
  return {
    allowSave,
    duplicateRule: `Standard_${objectName}_Duplicate_Rule`,
    duplicateRuleEntityType: objectName,
    errorMessage: ERROR_MESSAGE,
    matchResults: [
      {
        entityType: objectName,
        errors: [],
        matchEngine: 'FuzzyMatchEngine',
        matchRecords: matches.map((row) => ({
          additionalInformation: [],
          fieldDiffs: [],
          matchConfidence: 100,
          record: {
            attributes: { type: objectName, url: `${url}/${row.Id}` },
            ...(withDetails ? { Name: row.Name ?? null, Email: row.Email ?? null } : {}),
            Id: row.Id,
          },
        })),
        rule: MATCHING_RULES[objectName] ?? '',
        size: matches.length,
        success: true,
      },
    ],
  };
}
