#!/usr/bin/env node
// The `joinery` command. Runs from TypeScript sources, so it brings the loader for them.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
