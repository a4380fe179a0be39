import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

const HERE = join(import.meta.dirname, 'judge');
const INSTALL_MS = 5 * 60_000;

interface Check {
  check: string;
  expected: unknown;
  seen: unknown;
  ok: boolean;
}

describe('simple-salesforce, a client written by others', () => {
  const org = useOrg();
  const username = 'admin@joinery-demo.example';

  it('finds what Salesforce documents', { timeout: INSTALL_MS + 60_000 }, async ({ skip }) => {
    const python = await pythonWithLibrary();
    if ('missing' in python) return skip(`simple-salesforce cannot be installed here: ${python.missing}`);
    const checks = await judge(python.path, await givenTo());
    expect(checks.length).toBeGreaterThan(80);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  /** What the judge has to know, and what an administrator has to do before it comes. */
  async function givenTo(): Promise<object> {
    const password = 'Judge&Jury1';
    const id = await org().idOf('User', 'Username', username);
    await org().call('POST', `/sobjects/User/${id}/password`, { NewPassword: password });
    const { securityToken } = await org().admin('POST', '/security-tokens', { username });
    const field = { object: 'Contact', externalId: true };
    await org().admin('POST', '/fields', { ...field, name: 'Key__c', unique: true });
    await org().admin('POST', '/fields', { ...field, name: 'Shared__c', unique: false });
    return {
      url: org().url,
      clientId: 'joinery-demo',
      clientSecret: 'joinery-demo-secret',
      username,
      password,
      securityToken,
    };
  }
});

/** A Python that has the library; where it cannot be had, the reason, which is no excuse in CI. */
async function pythonWithLibrary(): Promise<{ path: string } | { missing: string }> {
  const given = process.env['JOINERY_JUDGE_PYTHON'];
  if (given !== undefined && given !== '') return { path: given };
  try {
    const { stdout } = await promisify(execFile)(join(HERE, 'prepare.sh'), { timeout: INSTALL_MS });
    return { path: stdout.trim() };
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

async function judge(python: string, given: object): Promise<Check[]> {
  const program = spawn(python, [join(HERE, 'judge.py')], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  program.stdin.end(JSON.stringify(given));
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(program.stdout),
    textOf(program.stderr),
    once(program, 'close') as Promise<[number | null]>,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Check);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
