/** What a Node process of ours is started with to run TypeScript: `node --import <loader> <module>`. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Found from here, since a process's own folder need not lie inside the project. */
export const TSX_LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
