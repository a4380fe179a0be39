/** What people say of a file when they import it, on the command line and over HTTP. */
import type { ImportOptions } from '#domain/import.ts';

export interface SaidOfFile {
  authoritative?: boolean | undefined;
  allowRemovals?: number | undefined;
  encoding?: string | undefined;
  delimiter?: string | undefined;
  /** As `columnMeaning` reads them. */
  map?: readonly (readonly [title: string, field: string])[] | undefined;
  ignoreUnknown?: boolean | undefined;
  bulkFrom?: number | undefined;
}

/** The options of an import, without those that nobody gave. */
export function importOptions(said: SaidOfFile): ImportOptions {
  const { authoritative, allowRemovals, encoding, delimiter, map, ignoreUnknown, bulkFrom } = said;
  return {
    ...(authoritative ? { authoritative } : {}),
    ...(allowRemovals === undefined ? {} : { allowRemovals }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { separator: delimiter }),
    ...(map ? { map: Object.fromEntries(map) } : {}),
    ...(ignoreUnknown ? { ignoreUnknown } : {}),
    ...(bulkFrom === undefined ? {} : { bulkFrom }),
  };
}

/** `Personnel No=employeeNumber`: what a column means, `-` for nothing; undefined when it is not written so. */
export function columnMeaning(text: string): [title: string, field: string] | undefined {
  const [, title, field] = /^\s*(.*\S)\s*=\s*([^=\s]+)\s*$/s.exec(text) ?? [];
  return title === undefined || field === undefined ? undefined : [title, field];
}
