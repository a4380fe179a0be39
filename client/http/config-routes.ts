/** The config over HTTP: exported, compared, applied. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import { applyConfig } from '../config-apply.ts';
import { planConfig } from '../config-change.ts';
import { versionOf, writeConfig } from '../config-file.ts';
import { loadConfig } from '../config.ts';
import { ConfigFileError, readConfig } from '../config-reading.ts';
import { streamImpact, summariseImpact } from '../impact.ts';
import { routes } from './api.ts';
import type { Open } from './app.ts';
import { answered, HttpFailure } from './failures.ts';
import type { Variables } from './gate.ts';

interface ConfigRoutesOptions {
  directory: Sql;
  sealer: Sealer;
}

/** While a file is read nobody else is answered: a larger one is for the command line. */
const LARGEST_FILE = 64 * 1024;

/** Whether the path takes a config file, which has a limit of its own. */
export function takesConfig(path: string): boolean {
  return path === routes.configDiff.path || path === routes.applyConfig.path;
}

/** Adds the routes of the config to the API. */
export function addConfigRoutes(
  app: OpenAPIHono<Variables>,
  open: Open,
  { directory, sealer }: ConfigRoutesOptions,
): void {
  const limited = bodyLimit({
    maxSize: LARGEST_FILE,
    onError: () => {
      throw new HttpFailure(413, 'too-large', `a file may have at most ${LARGEST_FILE} bytes here`);
    },
  });
  app.use(routes.configDiff.path, limited);
  app.use(routes.applyConfig.path, limited);

  app.openapi(open(routes.config, 'viewer'), async (c) => {
    c.header('Content-Type', 'application/yaml; charset=utf-8');
    return c.body(writeConfig(await loadConfig(directory)));
  });

  app.openapi(open(routes.configDiff, 'operator'), async (c) => {
    const { prune, impact, people } = c.req.valid('query');
    const file = await refusing(async () => readConfig(await c.req.text()));
    const plan = await planConfig(directory, file, { sealer, prune: prune === 'true' });
    const { diff, faults, warnings } = plan;
    const asked = impact === 'true' && faults.length === 0;
    const touched = asked ? await summariseImpact(streamImpact(directory, plan), people) : undefined;
    const version = versionOf(plan.before);
    return c.json({ diff, faults, warnings, version, ...(touched && { impact: { ...touched } }) }, 200);
  });

  app.openapi(open(routes.applyConfig, 'administrator'), async (c) => {
    const { prune: pruned, version } = c.req.valid('query');
    const prune = pruned === 'true';
    const actor = `key:${c.var.key.name}`;
    const applied = await refusing(async () =>
      answered(applyConfig(directory, readConfig(await c.req.text()), { sealer, prune, actor, version })),
    );
    return c.json(applied, 200);
  });
}

/** What is wrong with the file, as a 400. */
async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const fields = error.faults.map(({ line, column, ...fault }) => ({
      field: fault.field,
      problem: `${fault.problem} (line ${line}, column ${column})`,
    }));
    throw new HttpFailure(400, 'invalid', error.message, fields);
  }
}
