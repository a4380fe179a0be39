/** The directions between folders that the linter cannot see: what really ends up in the workflow bundle. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '#worker/bundle.ts';

const ROOT = new URL('../', import.meta.url);

let modules: string[];

beforeAll(async () => {
  const { code } = await bundleWorkflows();
  const maps = [
    ...code.matchAll(/sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,([A-Za-z0-9+/=]+)/g),
  ];
  const map = maps.at(-1)?.[1];
  if (!map) throw new Error('the bundle has no source map');
  modules = (JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] }).sources;
});

describe('the workflow bundle', () => {
  it('holds the three workflows', () => {
    for (const file of ['joiner', 'mover', 'leaver'])
      expect(modules.some((name) => name.endsWith(`workflows/${file}.ts`))).toBe(true);
  });

  it('holds nothing that does the work', () => {
    const forbidden = /\/(activities|connectors|directory|worker|client|runtime|simulators)\/[^/]+.*\.ts$/;
    expect(modules.filter((name) => !name.includes('node_modules') && forbidden.test(name))).toEqual([]);
  });

  it('holds no node module', () => {
    expect(modules.filter((name) => /(^|[/ ])node:/.test(name))).toEqual([]);
  });
});

describe('workflows and activities', () => {
  it.each(['workflows', 'activities', 'domain'])('%s name no application', async (folder) => {
    for (const file of await sources(folder)) {
      expect(withoutComments(await readFile(file, 'utf8')), file.pathname).not.toMatch(/salesforce/i);
    }
  });
});

async function sources(folder: string): Promise<URL[]> {
  const names = await readdir(new URL(`${folder}/`, ROOT), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => new URL(`${folder}/${name}`, ROOT));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
