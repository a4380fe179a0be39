/**
 * Fetches a program from temporal.download, as the SDK's test environment does. Not through the SDK, because that can
 * neither be given a deadline nor download without starting a server.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Program } from '#runtime/embedded/find-temporal.ts';
import { installInto } from '#runtime/embedded/install-into.ts';

const officialUrl = 'https://temporal.download';
/** Without a network the answer comes at once; a network that swallows packets must not stall a start. */
const answerWithinMs = 4_000;
const downloadWithinMs = 180_000;

const announcement = z.object({ archiveUrl: z.url(), fileToExtract: z.string().regex(/^[^./][^\0]*$/) });

/** Downloads the program's version for this machine to `target`. Safe to repeat. Throws with the reason. */
export async function downloadOfficial(program: Program, target: string, baseUrl = officialUrl): Promise<void> {
  const { archiveUrl, fileToExtract } = await announcedArchive(program, baseUrl);
  await installInto(target, async (folder) => {
    const archive = join(folder, 'archive');
    const response = await get(archiveUrl, downloadWithinMs);
    if (!response.body) throw new Error(`${archiveUrl} answered without content`);
    await pipeline(response.body, createWriteStream(archive));
    await promisify(execFile)('tar', ['-xf', archive, '-C', folder, fileToExtract]);
    return join(folder, fileToExtract);
  });
}

async function announcedArchive(program: Program, baseUrl: string) {
  const url = new URL(`${program.official}/v${program.version}`, `${baseUrl}/`);
  url.searchParams.set('arch', process.arch === 'arm64' ? 'arm64' : 'amd64');
  url.searchParams.set('platform', process.platform === 'darwin' ? 'darwin' : 'linux');
  url.searchParams.set('format', 'tar.gz');
  return announcement.parse(await (await get(url.href, answerWithinMs)).json());
}

async function get(url: string, withinMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw new Error(`${url}: ${cause}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
