/** A directory of one's own: a fresh database on the shared PostgreSQL. */
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { openDirectory, type Sql } from '#directory/database.ts';
import { migrate } from '#directory/migrate.ts';
import { seedProfileFields } from '#directory/profile-fields.ts';

export interface FreshDirectory {
  sql: Sql;
  url: string;
  close(): Promise<void>;
}

/** Makes an empty, migrated directory; `close` drops it. */
export async function freshDirectory(): Promise<FreshDirectory> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = postgres(inject('postgresUrl'), { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name}`);
  const url = Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).toString();
  const sql = openDirectory(url);
  await migrate(sql);
  await seedProfileFields(sql);
  return {
    sql,
    url,
    async close() {
      await sql.end();
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
