/**
 * What a user asks for, as it crosses the wire and as the engine takes it. Local and remote runs are driven by the
 * same specification, so that an option means the same in both.
 */
import * as z from 'zod';
import { ConnectionUrl } from './connection-url.ts';
import { ReplicatorError } from './replicator-error.ts';

export const jobCommandSchema = z.enum(['validate', 'init', 'sync', 'status', 'verify', 'cutover']);
export type JobCommand = z.infer<typeof jobCommandSchema>;

const SCHEMA_VERSIONS = ['1', '1.0', '1.0.0'] as const;
export const SCHEMA_VERSION = '1.0';

const MAX_URL_LENGTH = 8_192;
const MAX_LIST_LENGTH = 1_000;
/** Four names of 63 bytes, each byte possibly escaped, and the dots between them. */
const MAX_PATTERN_LENGTH = 1_024;
const MAX_PREDICATE_LENGTH = 16_384;
const MAX_JOBS = 128;
const MAX_JOB_TIMEOUT_SECONDS = 30 * 86_400;

/** Half a surrogate pair, which JSON can spell, is in no name that a server knows and cannot be stored. */
const textSchema = z.string().refine((text) => !/\p{Surrogate}/u.test(text), 'Not well-formed Unicode');

const connectionUrlSchema = textSchema
  .min(1)
  .max(MAX_URL_LENGTH)
  .superRefine((text, context) => {
    try {
      ConnectionUrl.parse(text);
    } catch (error) {
      if (!(error instanceof ReplicatorError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

const patternListSchema = z.array(textSchema.min(1).max(MAX_PATTERN_LENGTH)).max(MAX_LIST_LENGTH).default([]);

const tableFilterSchema = z.strictObject({
  table: textSchema.min(1).max(MAX_PATTERN_LENGTH),
  where: textSchema.min(1).max(MAX_PREDICATE_LENGTH),
});

export const jobFilterSchema = z.strictObject({
  all_databases: z.boolean().default(false),
  include_databases: patternListSchema,
  exclude_databases: patternListSchema,
  include_tables: patternListSchema,
  exclude_tables: patternListSchema,
  schema_only_tables: patternListSchema,
  table_filters: z.array(tableFilterSchema).max(MAX_LIST_LENGTH).default([]),
});
export type JobFilter = z.infer<typeof jobFilterSchema>;

/** `subscription`: the target's own, nothing of ours stays running; `stream`: a worker reads the slot and applies. */
export const syncMethodSchema = z.enum(['subscription', 'stream']);
export type SyncMethod = z.infer<typeof syncMethodSchema>;

const optionsSchema = z.strictObject({
  drop_existing: z.boolean().default(false),
  no_sync: z.boolean().default(false),
  verify: z.boolean().default(true),
  /** Go on from what an interrupted run has left on the target. */
  resume: z.boolean().default(true),
  /**
   * Create what roles the copied databases need and the target lacks. The default, because a copy between two servers
   * would end before it began without them; roles that are there are never altered.
   */
  roles: z.boolean().default(true),
  no_owner: z.boolean().default(false),
  no_acl: z.boolean().default(false),
  /** Tables copied, and contents compared, at the same time; the engine chooses when it is left out. */
  jobs: z.int().min(1).max(MAX_JOBS).optional(),
  /** Indexes and constraints built at the same time; as many as `jobs` when it is left out. */
  index_jobs: z.int().min(1).max(MAX_JOBS).optional(),
  /** What the copy of rows may move in a second, to leave the source or the network to others. */
  max_rate_bytes_per_second: z.int().min(1).optional(),
  /** How the target follows the source; `auto`: natively where the servers allow it. */
  sync_method: syncMethodSchema.or(z.literal('auto')).default('auto'),
  /** What becomes of tables that have no replica identity: published, their UPDATEs would fail on the source. */
  no_key_tables: z.enum(['refuse', 'skip', 'full']).default('refuse'),
  /** `sync`: remove what continuous sync has made on both sides, instead of going on. */
  stop: z.boolean().default(false),
  /** `status`: fail when the target is further behind; `cutover`: do not begin then. */
  max_lag_seconds: z.number().positive().optional(),
  /** `cutover`: nobody writes to the source any more from its beginning on; taken back when it fails. */
  lock_source: z.boolean().default(false),
  /** `cutover`: what is compared before the target is let go. */
  cutover_verification: z.enum(['full', 'counts', 'none']).default('full'),
  /** `cutover`: the old source follows the new one, so that a way back loses nothing. */
  reverse: z.boolean().default(false),
  /** `cutover`: tell the steps and change nothing. */
  dry_run: z.boolean().default(false),
  estimated_size_bytes: z.int().min(0).default(0),
  /** From the first claim on; what holds without it depends on the command, see `time-limit.ts`. */
  job_timeout_seconds: z.int().min(1).max(MAX_JOB_TIMEOUT_SECONDS).optional(),
});
export type JobOptions = z.infer<typeof optionsSchema>;

const specificationSchema = z.strictObject({
  schema_version: z.enum(SCHEMA_VERSIONS),
  command: jobCommandSchema,
  source_url: connectionUrlSchema,
  target_url: connectionUrlSchema,
  filter: jobFilterSchema.prefault({}),
  options: optionsSchema.prefault({}),
});

/** `version` is accepted for `schema_version`, as the first clients sent it. */
export const jobSpecificationSchema = z.preprocess((input) => {
  if (typeof input !== 'object' || input === null || !('version' in input) || 'schema_version' in input) {
    return input;
  }
  const { version, ...rest } = input;
  return { schema_version: version, ...rest };
}, specificationSchema);

export type JobSpecification = z.infer<typeof specificationSchema>;
/** A specification as a client may write it: everything with a default may be left out. */
export type JobSpecificationInput = z.input<typeof specificationSchema>;

/** A specification without its connection URLs: the part that may be stored and listed as it is. */
export const storableSpecificationSchema = specificationSchema.omit({ source_url: true, target_url: true });
export type StorableSpecification = z.infer<typeof storableSpecificationSchema>;
