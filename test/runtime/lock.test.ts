import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockDataDir, StackRunsError } from '#runtime/embedded/lock.ts';
import { scratchDir, scratchModule } from './scratch.ts';

it('is held by one at a time, and says by whom', () => {
  const dataDir = scratchDir();
  lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(StackRunsError);
  expect(() => lockDataDir(dataDir)).toThrow(`one runs in ${dataDir} already, process ${process.pid}`);
});

it('can be taken again after it was given back', () => {
  const dataDir = scratchDir();
  for (let round = 0; round < 3; round += 1) {
    const lock = lockDataDir(dataDir);
    lock.release();
    lock.release();
  }
  lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(StackRunsError);
});

it.each([
  ['is gone', { pid: 2 ** 22 - 7, started: '1' }],
  ['ended, and another process has its pid', { pid: process.pid, started: 'long ago' }],
])('is taken over when its holder %s', (_what, holder) => {
  const dataDir = scratchDir();
  writeFileSync(join(dataDir, 'stack.lock.7'), JSON.stringify(holder));
  lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(StackRunsError);
});

it('goes to exactly one of many processes that find a dead holder at once', async () => {
  const dataDir = scratchDir();
  writeFileSync(join(dataDir, 'stack.lock.1'), JSON.stringify({ pid: 2 ** 22 - 7, started: '1' }));
  const entry = scratchModule(`
    import { lockDataDir } from '#runtime/embedded/lock.ts';
    process.stdout.write('waiting ');
    process.stdin.once('data', () => {
      try {
        lockDataDir(${JSON.stringify(dataDir)});
        process.stdout.write('taken');
      } catch (error) {
        process.stdout.write(error.name);
      }
    });
  `);
  const contenders = Array.from({ length: 5 }, () => {
    const child = spawn(process.execPath, ['--import', 'tsx', entry], { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, output: child.stdout.setEncoding('utf8') };
  });
  await Promise.all(contenders.map(({ output }) => once(output, 'data')));
  const answers = contenders.map(async ({ output }) => String((await once(output, 'data'))[0]));
  // Nobody ends before all have answered: the lock of a process that ended is free again.
  for (const { child } of contenders) child.stdin.write('go');
  expect((await Promise.all(answers)).toSorted()).toEqual([...Array<string>(4).fill('StackRunsError'), 'taken']);
  for (const { child } of contenders) child.stdin.end();
});
