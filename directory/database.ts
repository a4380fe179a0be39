/** The directory's connection to PostgreSQL, and the one place that decides how its types arrive. */
import postgres from 'postgres';

export type Sql = postgres.Sql;
/** A connection inside a transaction, or the pool outside one: what a repository function needs. */
export type Queries = postgres.ISql;

/** Opens a pool that connects on first use. Close it with `sql.end()`. */
export function openDirectory(url: string, maxConnections = 10): Sql {
  return postgres(url, {
    max: maxConnections,
    onnotice: () => undefined,
    connection: { application_name: 'joinery' },
    // Everything that crosses to workflows is JSON: instants arrive as ISO text, identities (far below 2^53) as numbers.
    types: {
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      instant: { to: 1184, from: [1184], parse: (text: string) => new Date(text).toISOString(), serialize: String },
    },
  }) as unknown as Sql;
}
