/** Every workflow the worker runs, by the name Temporal's UI shows. */
export { bulkImport } from './bulk-import.ts';
export { joiner } from './joiner.ts';
export { leaver } from './leaver.ts';
export { mover } from './mover.ts';
export { planning } from './planning.ts';
export { returnRecords } from './return-records.ts';
export { watch } from './watch.ts';
