/** `joinery app accounts` */
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { SITUATIONS, type Situation } from '#domain/account-situation.ts';
import { toJsonLines, toTable } from '../import-format.ts';
import { addCounts, noAccounts, reviewAccounts, type Counts } from '../import-users.ts';
import { known, withRemedy } from './input.ts';
import { actor, printLines, withStack } from './session.ts';

interface Options {
  situation?: Situation;
  link?: boolean;
  json?: boolean;
}

export function addAppAccountsCommand(app: Command): void {
  app
    .command('accounts')
    .description('every account there, and whose it is or may be; nothing is changed there')
    .argument('<name>')
    .addOption(new Option('--situation <situation>', 'only those').choices(SITUATIONS))
    .option('--link', 'record those that match exactly one person as theirs')
    .option('--json', 'print one JSON object a line')
    .action(async (name: string, { situation, link, json }: Options) => {
      await withStack(async ({ directory, sealer }) => {
        const options = { directory, sealer: sealer(), ...(link ? { linkAs: actor() } : {}) };
        const pages = known(name, await withRemedy(reviewAccounts(options, name)));
        const counts = noAccounts();
        const lines = (json ? toJsonLines : toTable)(addCounts(pages, counts), situation);
        // As fast as its reader takes it, so that many accounts are never held in memory.
        await withRemedy(pipeline(lines, process.stdout, { end: false }));
        if (!json) printLines(['', describeCounts(counts)]);
      });
    });
}

function describeCounts({ nowLinked, ...counts }: Counts): string {
  const parts = SITUATIONS.map((situation) => `${counts[situation]} ${situation}`);
  return nowLinked > 0 ? `${parts.join(', ')}; ${nowLinked} of them linked now` : parts.join(', ');
}
