/** Whatever the config, what was exported gives the same config on an empty directory, and the same file again. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyConfig } from '#client/config-apply.ts';
import { writeConfig } from '#client/config-file.ts';
import { readConfig } from '#client/config-reading.ts';
import { loadConfig } from '#client/config.ts';
import { seedProfileFields } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const options = { sealer: createSealer(randomBytes(32)), prune: false, variable: () => 'a-secret', actor: 'cli:test' };
const SECRET = '    secret: { clientSecret: { env: SALESFORCE_CLIENT_SECRET } }\n';
let directory: FreshDirectory;

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());

const apply = (text: string, more: object = {}) =>
  applyConfig(directory.sql, readConfig(text), { ...options, ...more });
const exported = async () => writeConfig(await loadConfig(directory.sql));

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((one) => /^[^\p{Cc}]*\S[^\p{Cc}]*$/u.test(one));
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._&-]{0,12}$/);
const condition = fc.constantFrom('true', 'department == "Sales"', 'department == "a"\n  || title == "#: no"');
const entitlement = fc.record({
  type: fc.constantFrom('profile', 'role', 'permission-set'),
  name: fc.constantFrom('A', 'yes', '1e3', 'null', "it's: #1"),
});
const mappingValue = fc.oneof(
  fc.record({ constant: fc.oneof(text, fc.boolean(), fc.integer()) }),
  fc.record({ field: fc.constantFrom('title', 'department') }),
  fc.record({ expression: fc.constantFrom('lower(email)', 'title + ": #"') }),
);
const mapping = fc
  .tuple(
    mappingValue,
    fc.record(
      {
        default: text,
        whenEmpty: fc.constantFrom('clear', 'leave'),
        onCreateOnly: fc.boolean(),
        alternatives: fc.constant(['lower(email) + string(number)']),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([value, more]) => ({ ...value, ...more }));
const randomApplication = fc.record(
  {
    label: text,
    connector: fc.constant('salesforce'),
    // Nobody listens there.
    settings: fc.constant({ loginUrl: 'http://127.0.0.1:1', login: 'client-credentials', clientId: 'x' }),
    secret: fc.constant({ clientSecret: { env: 'SALESFORCE_CLIENT_SECRET' } }),
    enabled: fc.boolean(),
    mode: fc.constantFrom('provision', 'link-only'),
    toggles: fc.record({ createUser: fc.boolean(), deleteUser: fc.boolean() }, { requiredKeys: [] }),
    scope: condition,
    usernameAttribute: fc.constant('Username'),
    usernameSuffix: fc.constantFrom('', '.uat'),
    mappings: fc
      .uniqueArray(fc.constantFrom('Title', 'City', 'Department', 'Phone'), { maxLength: 4 })
      .chain((attributes) =>
        fc.tuple(
          fc.constant({ attribute: 'Username', expression: 'lower(email)', onCreateOnly: true }),
          ...attributes.map((attribute) => mapping.map((one) => ({ attribute, ...one }))),
        ),
      ),
    correlation: fc.constant([{ attribute: 'Username', expression: 'lower(email)' }]),
    birthrights: fc.array(
      fc.record(
        { name: text, when: condition, grant: fc.array(entitlement, { minLength: 1, maxLength: 3 }) },
        { requiredKeys: ['when', 'grant'] },
      ),
      { maxLength: 3 },
    ),
    removal: fc.record(
      {
        leaver: fc.constantFrom('freeze', 'deactivate'),
        outOfScope: fc.constantFrom('freeze', 'deactivate', 'keep'),
        deleteAfterDays: fc.nat(3650),
      },
      { requiredKeys: [] },
    ),
    protect: fc.subarray(['username == "a"', 'status == "frozen"']),
    importMappings: fc.constantFrom(
      [],
      [
        { field: 'employeeNumber', attribute: 'EmployeeNumber' },
        { field: 'title', expression: 'attributes["Title"] + ": #"' },
        { field: 'company', constant: 'yes' },
      ],
    ),
    transfer: fc.constantFrom([], [{ objects: ['Account'], to: ['manager', 'user:a@b.example'] }]),
    apiReserve: fc.constantFrom(0, 0.1, 0.25),
  },
  {
    requiredKeys: [
      'label',
      'connector',
      'settings',
      'secret',
      'usernameAttribute',
      'mappings',
      'correlation',
      'birthrights',
    ],
  },
);
const randomConfig = fc.record({
  applications: fc
    .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { maxLength: 2 })
    .chain((names) => fc.tuple(...names.map((one) => randomApplication.map((rest) => ({ name: one, ...rest }))))),
  fields: fc.uniqueArray(fc.stringMatching(/^zz[A-Za-z0-9]{1,8}$/), { maxLength: 4 }).chain((names) =>
    fc.tuple(
      ...names.map((one) =>
        fc.record({
          name: fc.constant(one),
          label: text,
          type: fc.constantFrom('text', 'number', 'boolean', 'date'),
          required: fc.boolean(),
          unique: fc.boolean(),
        }),
      ),
    ),
  ),
  groups: fc.uniqueArray(name, { maxLength: 5 }).chain((names) =>
    fc.tuple(
      ...names.map((one, index) =>
        fc.record({
          name: fc.constant(one),
          label: text,
          rule: fc.constantFrom(
            null,
            'department == "Sales"',
            'department == "a"\n  || title == "#: no"',
            'title != "\\u00e9"',
          ),
          children: fc.subarray(names.slice(0, index)),
        }),
      ),
    ),
  ),
});

it('whatever the config, its file gives the same config and the same bytes again, and then changes nothing', async () => {
  const empty = async () => {
    await directory.sql`truncate application, person_group, profile_field cascade`;
    await seedProfileFields(directory.sql);
  };
  const withoutSealed = async () => {
    const { stored: _stored, ...held } = await loadConfig(directory.sql);
    return held;
  };
  await fc.assert(
    fc.asyncProperty(randomConfig, async ({ fields, ...config }) => {
      await empty();
      await apply(JSON.stringify({ profileFields: fields, ...config }));
      const held = await withoutSealed();
      const file = await exported();
      await empty();
      // A file has no secrets: an application that is new needs one.
      const secrets = file.replaceAll('    connector: salesforce\n', `    connector: salesforce\n${SECRET}`);
      await apply(secrets);
      expect(await withoutSealed()).toEqual(held);
      expect(await exported()).toBe(file);
      await directory.sql`truncate audit`;
      expect((await apply(secrets)).diff).toEqual([]);
      expect((await apply(file, { prune: true })).diff).toEqual([]);
      expect(await directory.sql`select * from audit`).toHaveLength(0);
      expect(await exported()).toBe(file);
    }),
    { numRuns: 25 },
  );
});
