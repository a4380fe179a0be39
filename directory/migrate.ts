/** Migrations: plain SQL files, applied in order of name, each once, whoever starts first. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { Sql } from './database.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK = 7_065_717;

interface Migration {
  name: string;
  text: string;
  sha256: string;
}

/**
 * Brings the schema up to date in one transaction under an advisory lock; safe to run from many processes at once and
 * again. Answers the names it applied. Throws when a file that was applied has been changed since.
 */
export async function migrate(sql: Sql, folder: URL = FOLDER): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    await tx`create table if not exists migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`;
    const applied = new Map((await tx`select name, sha256 from migration`).map((row) => [row['name'], row['sha256']]));
    const fresh: string[] = [];
    for (const { name, text, sha256 } of migrations) {
      const known = applied.get(name);
      if (known === sha256) continue;
      if (known !== undefined)
        throw new Error(`directory: migration ${name} was changed after it was applied; add a new file instead`);
      await tx.unsafe(text).simple();
      await tx`insert into migration (name, sha256) values (${name}, ${sha256})`;
      fresh.push(name);
    }
    return fresh;
  });
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
