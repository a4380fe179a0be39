import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startChild, type Child } from '#runtime/embedded/processes.ts';
import { eventually, isAlive, scratchDir, scratchModule } from './scratch.ts';

const children: Child[] = [];
afterEach(() => Promise.all(children.splice(0).map((child) => child.stop(2_000))));

/** Ready at once, ends on SIGTERM and with its parent, as our processes do. */
const wellBehaved = `
  import { exitWithParent } from '#runtime/embedded/exit-with-parent.ts';
  exitWithParent(process.argv);
  process.on('SIGTERM', () => { console.log('stopping in order'); process.exit(0); });
  setInterval(() => undefined, 1000);
  console.error('some log');
  console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:1', colour: process.env.COLOUR, args: process.argv.slice(2) }));
`;

describe('a child', () => {
  it('is started with its arguments and environment, and is ready when it says so', async () => {
    const { child } = await started(wellBehaved, { args: ['serve'], env: { COLOUR: 'blue' } });
    expect(child.ready()).toMatchObject({
      url: 'http://127.0.0.1:1',
      colour: 'blue',
      args: ['serve', '--exit-with-parent'],
    });
  });

  it('stops in order when asked, and stays stopped', async () => {
    const { child, log, said } = await started(wellBehaved);
    const pid = child.pid() ?? 0;
    await child.stop(5_000);
    expect(isAlive(pid)).toBe(false);
    expect(log()).toMatch(/some log\n[^]*stopping in order\n$/);
    expect(said).toEqual([]);
  });

  it('is killed when it does not stop within its grace', async () => {
    const { child } = await started(wellBehaved.replace(`process.exit(0);`, ''));
    const pid = child.pid() ?? 0;
    await child.stop(50);
    expect(isAlive(pid)).toBe(false);
  });

  it('is started again when it dies, and that is said', async () => {
    const { child, said } = await started(wellBehaved);
    const first = child.pid() ?? 0;
    process.kill(first, 'SIGKILL');
    await eventually('it is back', () => said.includes('worker is back'));
    expect(said[0]).toMatch(/^worker ended \(signal SIGKILL\); starting it again in 0\.01 s\. Log: .*worker\.log$/);
    expect(child.pid()).not.toBe(first);
    expect(isAlive(child.pid() ?? 0)).toBe(true);
  });

  it('waits longer before each further start while it keeps dying', async () => {
    const { said } = await started(wellBehaved.replace("'some log'", "'born'") + '\nprocess.exit(3);');
    await eventually('it died three times', () => said.filter((line) => line.includes('exit code 3')).length >= 3);
    const pauses = said.flatMap((line) => /again in ([\d.]+) s/.exec(line)?.[1] ?? []);
    expect(pauses.slice(0, 3)).toEqual(['0.01', '0.02', '0.04']);
  });

  it('that ends before it is ready fails the start, with the end of its log', async () => {
    await expect(started(`console.error('no database'); process.exit(1);`)).rejects.toThrow(
      /worker: start: it ended before it was ready \(exit code 1\).*no database/s,
    );
  });

  it('that never gets ready fails the start and is not left behind', async () => {
    const pidFile = join(scratchDir(), 'pid');
    const silent = `
      import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      setInterval(() => undefined, 1000);`;
    await expect(started(silent, { readyWithinMs: 2_000 })).rejects.toThrow('it was not ready within 2 s');
    expect(isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  });

  it('ends when its parent is killed', async () => {
    const entry = scratchModule(wellBehaved);
    const parent = scratchModule(`
      import { startChild } from '#runtime/embedded/processes.ts';
      const spec = { name: 'worker', entry: ${JSON.stringify(entry)} };
      const child = await startChild(spec, { logDir: ${JSON.stringify(scratchDir())}, onProgress: console.error });
      console.log(child.pid());
    `);
    const owner = spawn(process.execPath, ['--import', 'tsx', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(String((await once(owner.stdout, 'data'))[0]));
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await eventually('the child ended with its parent', () => !isAlive(pid));
  });
});

async function started(
  source: string,
  options: { args?: string[]; env?: Record<string, string>; readyWithinMs?: number } = {},
) {
  const { readyWithinMs = 20_000, ...spec } = options;
  const logDir = scratchDir();
  const said: string[] = [];
  const child = await startChild(
    { name: 'worker', entry: scratchModule(source), ...spec },
    { logDir, onProgress: (line) => void said.push(line), firstPauseMs: 10, readyWithinMs },
  );
  children.push(child);
  return { child, said, log: () => readFileSync(join(logDir, 'worker.log'), 'utf8') };
}
