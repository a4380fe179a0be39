/** Folders and little programs for the tests of runtime/, removed when the test file ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new empty folder. */
export function scratchDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'joinery-runtime-'));
  folders.push(folder);
  return folder;
}

/** A module in a folder of its own whose `#runtime/…` imports reach the project's files; answers with its path. */
export function scratchModule(source: string): string {
  const path = join(scratchDir(), 'entry.mts');
  const root = new URL('../../', import.meta.url).href;
  writeFileSync(path, source.replaceAll("'#runtime/", `'${root}runtime/`));
  return path;
}

/** A shell script at `path`. */
export function script(path: string, body: string): string {
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

/** Returns as soon as the condition holds; throws after 20 s. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await delay(20);
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
