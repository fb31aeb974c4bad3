import pg from 'pg';
import type { Attempt } from '../restore/attempt-statements.ts';

/** Parameters whose values are lists of names, each in double quotes where it needs them: GUC_LIST_QUOTE in PostgreSQL's guc_tables.c. */
const quotedLists: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/**
 * `ALTER … SET …` for defaults of sessions, one attempt for each.
 *
 * pg_dump does the same in `makeAlterConfigCommand` (src/bin/pg_dump/dumputils.c).
 *
 * @param subject what is altered, as in `ROLE "a" IN DATABASE "b"`
 * @param label the same for people
 * @param settings `name=value`
 */
export function settingStatements(subject: string, label: string, settings: readonly string[]): Attempt[] {
  return settings.map((setting) => {
    const split = setting.indexOf('=');
    const [name, value] = [setting.slice(0, split), setting.slice(split + 1)];
    const values = quotedLists.has(name.toLowerCase()) ? splitList(value) : [value];
    // An empty list is written as one empty name.
    const list = values.length === 0 ? `''` : values.map((text) => pg.escapeLiteral(text)).join(', ');
    return {
      object: `setting ${name} of ${label}`,
      sql: `ALTER ${subject} SET ${pg.escapeIdentifier(name)} TO ${list}`,
    };
  });
}

/** `a, "B ""c"""` → a, B "c" */
function splitList(value: string): string[] {
  const items = value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*))\s*(?:,|$)/g);
  return [...items].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim());
}
