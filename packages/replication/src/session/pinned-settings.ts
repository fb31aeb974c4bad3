/**
 * Settings that every session of ours pins, so that no default of a role, a database or a server changes what a
 * value looks like in text, which rows are seen, or when a statement is ended. A setting that a server's version does
 * not have is passed over.
 */
import pg from 'pg';

/** Both sides: text forms of values, and no timeouts but the one for locks. */
const everywhere: Record<string, string> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmlbinary: 'base64',
  xmloption: 'content',
  search_path: '',
  standard_conforming_strings: 'on',
  escape_string_warning: 'off',
  client_min_messages: 'warning',
  quote_all_identifiers: 'off',
  // A role without BYPASSRLS must be refused, not shown only its own rows.
  row_security: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // What is asked of catalogues looks dear to the planner, and takes seconds to compile that it never gains.
  jit: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
};

const onSource: Record<string, string> = {
  default_transaction_read_only: 'on',
  // Scans start at the first block, so that rows keep their physical order on the target.
  synchronize_seqscans: 'off',
  // The little that is written there is on its disk; a standby of it that is away is not waited for.
  synchronous_commit: 'local',
};

const onTarget: Record<string, string> = {
  default_transaction_read_only: 'off',
  default_tablespace: '',
  default_table_access_method: 'heap',
  // Functions may name objects that come later in the restore.
  check_function_bodies: 'off',
  // What is noted there has to be on its disk before somebody goes by it.
  synchronous_commit: 'on',
};

export type Side = 'source' | 'target';

/** @param lockTimeoutMs for the locks of others: steps of a run do not wait for each other's */
export function pinnedSettings(side: Side, lockTimeoutMs: number): Record<string, string> {
  const ofSide = side === 'source' ? onSource : onTarget;
  return { ...everywhere, lock_timeout: String(lockTimeoutMs), ...ofSide };
}

/** One statement for all of them, without parameters: connections that replicate take none. */
export function applySettings(settings: Readonly<Record<string, string>>): string {
  const rows = Object.entries(settings).map((setting) => `(${setting.map(pg.escapeLiteral).join(', ')})`);
  return `SELECT pg_catalog.set_config(wanted.name, wanted.value, false)
          FROM (VALUES ${rows.join(', ')}) AS wanted(name, value)
          WHERE pg_catalog.current_setting(wanted.name, true) IS NOT NULL`;
}
