/** What commands share: finding the running stack, opening it, printing. */
import type { Client } from '@temporalio/client';
import { openDirectory, type Sql } from '#directory/database.ts';
import { createSealer, type Sealer } from '#directory/sealing.ts';
import { loadConfig, requireStack, type ConnectedConfig } from '#runtime/config.ts';
import { connectTemporal } from '#runtime/temporal.ts';

export interface Session {
  config: ConnectedConfig;
  directory: Sql;
  /** Connects on the first call. */
  temporal: () => Promise<Client>;
  /** Throws when no key is configured. */
  sealer: () => Sealer;
}

/** Runs a command against the stack that runs or is configured, and closes what it opened. Throws NothingRunsError. */
export async function withStack<T>(run: (session: Session) => Promise<T>): Promise<T> {
  const config = requireStack(loadConfig());
  const directory = openDirectory(config.databaseUrl, 4);
  let connected: ReturnType<typeof connectTemporal> | undefined;
  try {
    return await run({
      config,
      directory,
      async temporal() {
        connected ??= connectTemporal(config);
        return (await connected).client;
      },
      sealer() {
        if (!config.secretKey) throw new Error('set JOINERY_SECRET_KEY: it seals the credentials of applications');
        return createSealer(config.secretKey, config.oldSecretKeys);
      },
    });
  } finally {
    await (await connected?.catch(() => undefined))?.connection.close();
    await directory.end({ timeout: 5 });
  }
}

/** Who runs the command, for the audit. */
export function actor(): string {
  return `cli:${process.getuid?.() ?? 'user'}`;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `1 time`, `3 times` */
export function times(count: number): string {
  return `${count} ${count === 1 ? 'time' : 'times'}`;
}

/** Rows as aligned columns under a heading; cells are cut to their width by nobody. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
