import { askAll } from './ask.ts';

/** Settings that are told from their defaults by name; a role may not see all of them. */
const SETTINGS = [
  'default_transaction_read_only',
  'hot_standby_feedback',
  'max_connections',
  'max_locks_per_transaction',
  'max_logical_replication_workers',
  'max_prepared_transactions',
  'max_replication_slots',
  'max_slot_wal_keep_size',
  'max_standby_streaming_delay',
  'max_wal_senders',
  'max_wal_size',
  'idle_replication_slot_timeout',
  'shared_preload_libraries',
  'wal_level',
] as const;
export type SettingName = (typeof SETTINGS)[number];
/**
 * In the units of pg_settings: `max_wal_size` in MB, delays in ms. What sessions would start with, whatever ours has
 * set; a setting that is not there is unknown to the server, or kept from the role.
 */
export type Settings = Partial<Record<SettingName, string>>;

/** Of either side. */
export const settingQuestions = {
  settings: askAll<{ name: SettingName; value: string }>(`
    SELECT name, reset_val AS value FROM pg_catalog.pg_settings
    WHERE name IN (${SETTINGS.map((name) => `'${name}'`).join(', ')})`),
};

export function toSettings(rows: readonly { name: SettingName; value: string }[]): Settings {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
