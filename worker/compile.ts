/** Compiles the workflows and writes them to standard output: a process of its own, since compiling needs 200 MB that a worker never needs again. */
import { once } from 'node:events';
import { bundleWorkflows } from './bundle.ts';

const { code } = await bundleWorkflows();
if (!process.stdout.write(code)) await once(process.stdout, 'drain');
