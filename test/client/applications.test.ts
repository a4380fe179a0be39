/** What an application's document may say about names: it is refused as a whole, with every fault named. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '#domain/application.ts';
import { addApplication } from '#client/applications.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let demo: Application;

beforeAll(async () => {
  directory = await freshDirectory();
  const file = new URL('../../docs/examples/salesforce-demo.json', import.meta.url);
  demo = JSON.parse(await readFile(file, 'utf8')) as Application;
});
afterAll(() => directory.close());

const add = (change: Partial<Application>) =>
  addApplication(directory.sql, createSealer(randomBytes(32)), { ...demo, ...change }, 'test');

const username = (more: object) => ({
  mappings: [{ attribute: 'Username', expression: 'lower(email)', ...more }],
});

describe('the mapping of a username', () => {
  it('may have alternatives with a number', async () => {
    const saved = await add(username({ alternatives: ['string(number) + lower(email)'] }));
    expect(saved.mappings[0]?.alternatives).toEqual(['string(number) + lower(email)']);
  });

  it.each([
    [username({ expression: 'string(number) + email' }), 'mappings.Username', 'Unknown variable: number'],
    [
      username({ alternatives: ['email', 'nickname'] }),
      'mappings.Username.alternatives.1',
      'Unknown variable: nickname',
    ],
    [{ ...username({}), usernameSuffix: 'uat' }, 'usernameSuffix', 'must start with a dot'],
    [
      {
        ...username({ alternatives: ['email'] }),
        correlation: [{ attribute: 'Username', expression: 'lower(email)' }],
      },
      'correlation.0',
      '"Username" has alternatives',
    ],
  ])('is refused: %j', async (change, field, problem) => {
    await expect(add(change)).rejects.toMatchObject({
      faults: [{ field, problem: expect.stringContaining(problem) }],
    });
  });
});
