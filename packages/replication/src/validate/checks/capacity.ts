/** Room and time: what the servers are known to have of it, and what a copy takes. */
import { timeLimitSeconds } from '@seren-replicator/job-models';
import { labelOf } from '../../catalog/quote.ts';
import { ASSUMED_BYTES_PER_SECOND, copySeconds } from '../../estimate/copy-seconds.ts';
import { countOf, fail, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';
import type { SourceFacts, TargetFacts } from '../gather-facts.ts';

export const capacityChecks: readonly CheckDefinition[] = [
  {
    name: 'source lock table',
    code: 'query_failed',
    of: 'source',
    judge: ({ facts }) => checkLockTable(facts.source, facts.source),
  },
  {
    name: 'target lock table',
    code: 'query_failed',
    of: 'both',
    judge: ({ facts }) => checkLockTable(facts.target, facts.source),
  },
  { name: 'target checkpoints', code: 'disk_full', of: 'both', judge: checkCheckpoints },
  { name: 'size', code: 'disk_full', of: 'source', judge: describeSize },
  { name: 'duration', code: 'timeout', of: 'source', judge: describeDuration },
];

/** Room beyond what the settings ask for, in practice: 12,600 of 6,400 with the defaults of PostgreSQL 17. */
const LOCK_TABLE_SLACK = 2;
/** Settings are made for tables that are still to come. */
const LOCK_TABLE_GROWTH = 1.5;

/**
 * The snapshot's session and pg_dump each lock all tables in one transaction; whatever else is read is locked for a
 * short time.
 *
 * https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 */
function checkLockTable(
  { settings }: Pick<SourceFacts | TargetFacts, 'settings'>,
  { sizes }: Pick<SourceFacts, 'sizes'>,
): Verdict {
  const needed = sizes.locked_tables;
  const transactions =
    Number(settings.max_connections ?? 0) + Number(settings.max_prepared_transactions ?? 0);
  const capacity = Number(settings.max_locks_per_transaction ?? 0) * transactions;
  const summary = `${needed} of ${capacity} locks`;
  if (needed <= capacity) return pass(summary);
  const perTransaction = Math.ceil((needed * LOCK_TABLE_GROWTH) / transactions);
  const fix = `ALTER SYSTEM SET max_locks_per_transaction = ${perTransaction}; /* then restart the server; a managed service has a setting of its own for this */`;
  const message = `${summary}: every table is locked at the same time`;
  return needed > capacity * LOCK_TABLE_SLACK ? fail(message, fix) : warn(message, fix);
}

const BYTES_PER_MEGABYTE = 1024 * 1024;
/** A load that fills the log this many times over spends more time in checkpoints than it need. */
const MAX_LOG_FILLS = 8;
const LARGE_LOG_MEGABYTES = 16_384;

function checkCheckpoints({ facts: { source, target } }: CheckInput): Verdict {
  const megabytes = Number(target.settings.max_wal_size ?? Infinity);
  const fills = totalBytes(source) / BYTES_PER_MEGABYTE / megabytes;
  if (fills <= MAX_LOG_FILLS) return pass('the copy causes few of them');
  const wanted = Math.min(LARGE_LOG_MEGABYTES, Math.ceil(fills / MAX_LOG_FILLS) * megabytes);
  if (wanted <= megabytes) return pass('max_wal_size is large');
  return warn(
    `the copy makes the target write a checkpoint about ${Math.round(fills)} times, as max_wal_size is ${megabytes} MB`,
    `ALTER SYSTEM SET max_wal_size = '${wanted}MB';\nSELECT pg_catalog.pg_reload_conf();`,
  );
}

function totalBytes({ sizes }: SourceFacts): number {
  return sizes.table_bytes + sizes.index_bytes + sizes.large_object_bytes;
}

/** SQL does not tell how much disk a server has left: what is needed is all that can be said. */
function describeSize({ facts: { source } }: CheckInput<'source'>): Verdict {
  const { tables, table_bytes, index_bytes, large_object_bytes, largest } = source.sizes;
  const largestTable =
    largest === null ? '' : `, the largest ${labelOf(largest)} with ${formatMegabytes(largest.bytes)}`;
  const largeObjects =
    large_object_bytes === 0 ? '' : `, ${formatMegabytes(large_object_bytes)} of large objects`;
  return pass(
    `${countOf(tables, 'table')} with ${formatMegabytes(table_bytes)}${largestTable}${largeObjects}, and ${formatMegabytes(index_bytes)} of indexes; the target needs about as much free disk, and up to as much again while it writes its log`,
  );
}

function describeDuration({ facts: { source }, options }: CheckInput<'source'>): Verdict {
  const seconds = copySeconds(source.sizes);
  const summary = `about ${formatSeconds(seconds)}, if network and disks move ${ASSUMED_BYTES_PER_SECOND / 1_000_000} MB/s`;
  const limit = timeLimitSeconds({ command: 'init', options });
  if (limit === null || seconds <= limit) return pass(summary);
  return warn(
    `${summary}: longer than a job may run, which is ${formatSeconds(limit)}`,
    `set job_timeout_seconds to ${Math.ceil(seconds * 2)}, or copy fewer tables at a time`,
  );
}

function formatMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return 'a minute';
  return seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
}
