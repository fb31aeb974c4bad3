import type { Archive } from './archive.ts';
import { isSetting } from './entry-kinds.ts';

/** PostgreSQL's own, whatever the target's configuration says. */
export const DEFAULT_TABLE_ACCESS_METHOD = 'heap';

/**
 * The statements that prepare a session of the target for restoring entries: the archive's encoding, quoting and
 * search path, then what pg_restore sets (`_doSetFixedOutputState` in PostgreSQL's pg_backup_archiver.c), then the
 * storage defaults that `restoreStatements` relies on. Timeouts are the matter of whoever opens the session.
 */
export function sessionSettings(archive: Archive): string[] {
  const fromArchive = archive.entries.filter(isSetting).map(({ definition }) => definition.trim());
  return [
    ...fromArchive,
    // Functions may come before what their bodies mention.
    'SET check_function_bodies = false;',
    'SET xmloption = content;',
    'SET client_min_messages = warning;',
    'SET escape_string_warning = off;',
    'SET row_security = off;',
    `SET default_tablespace = '';`,
    `SET default_table_access_method = ${DEFAULT_TABLE_ACCESS_METHOD};`,
  ];
}
