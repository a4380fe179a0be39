/** Help: examples below a command's options, and where to look when it was called wrongly. */
import type { Command } from 'commander';

/** The end of a command's help: calls as somebody would type them. */
export function examples(...calls: string[]): string {
  return ['', 'For example:', ...calls.map((call) => `  joinery ${call}`)].join('\n');
}

/** Makes every command name its own help when it was called wrongly. */
export function pointToHelp(command: Command, path = command.name()): void {
  command.showHelpAfterError(`(${path} --help ${command.commands.length > 0 ? 'lists the commands' : 'says how'})`);
  for (const inner of command.commands) pointToHelp(inner, `${path} ${inner.name()}`);
}
