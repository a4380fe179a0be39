/** Migrations: each once, whoever starts first. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '#directory/migrate.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let folder: string;

beforeAll(async () => {
  directory = await freshDirectory();
  folder = await mkdtemp(join(tmpdir(), 'joinery-migrations-'));
  await writeFile(join(folder, '900_one.sql'), 'create table one (n integer); insert into one values (1);');
});

afterAll(async () => {
  await directory.close();
  await rm(folder, { recursive: true });
});

describe('migrate', () => {
  const from = () => pathToFileURL(`${folder}/`);

  it('applies a file once when four processes start together', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(directory.sql, from())));
    expect(applied.flat()).toEqual(['900_one.sql']);
    expect(await directory.sql`select n from one`).toHaveLength(1);
  });

  it('leaves nothing behind of a file that fails', async () => {
    await writeFile(join(folder, '901_bad.sql'), 'create table two (n integer); select nonsense;');
    await expect(migrate(directory.sql, from())).rejects.toThrow('nonsense');
    expect(await directory.sql`select to_regclass('two') as name`).toEqual([{ name: null }]);
    await rm(join(folder, '901_bad.sql'));
  });

  it('refuses a file that was changed after it was applied', async () => {
    await writeFile(join(folder, '900_one.sql'), 'create table three (n integer);');
    await expect(migrate(directory.sql, from())).rejects.toThrow('900_one.sql was changed after it was applied');
  });
});
