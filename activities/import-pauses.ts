/** Pauses of an import, written where people look when no worker answers. */
import { noteImportPause } from '#directory/import-runs.ts';
import type { ImportPause } from '#domain/import.ts';
import type { Dependencies } from './dependencies.ts';

export function createImportPauseActivities({ directory }: Pick<Dependencies, 'directory'>) {
  return {
    /** Writes that the import is paused, and why, or with null that it goes on. Of one that has ended nothing is written. Safe to repeat. */
    async noteImportPause({ import: id, pause }: { import: number; pause: ImportPause | null }): Promise<void> {
      await noteImportPause(directory, id, pause);
    },
  };
}
