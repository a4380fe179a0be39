/**
 * The convention by which our own child processes never outlive their parent: the parent holds their standard input
 * open, and a child started with `--exit-with-parent` ends when that input ends, which also happens when the parent
 * is killed.
 */

/** The argument that startChild() appends. */
export const exitWithParentFlag = '--exit-with-parent';

/**
 * Ends this process when its parent is gone, if it was started with the flag; otherwise does nothing. The end comes as a SIGTERM
 * to ourselves, so the process stops as it always does; if it has not after `graceMs`, it exits with 1.
 */
export function exitWithParent(argv: readonly string[], graceMs = 10_000): void {
  if (!argv.includes(exitWithParentFlag)) return;
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), graceMs).unref();
    process.kill(process.pid, 'SIGTERM');
  };
  process.stdin.on('end', end).on('close', end).on('error', end).resume();
}
