/** What a job that ended has to say, one shape per command. */
import * as z from 'zod';
import { syncMethodSchema } from './job-specification.ts';

/**
 * How many entries a stored result lost, because a job record has a size limit. What differs or failed is the last
 * to be left out. Absent when nothing was.
 */
const omittedSchema = z.number().optional();

const phaseTimingSchema = z.object({ phase: z.string(), seconds: z.number() });

const checkSchema = z.object({
  name: z.string(),
  status: z.enum(['pass', 'warn', 'fail']),
  message: z.string(),
  /** The SQL, setting or option that mends it; null where there is nothing to mend. */
  fix: z.string().nullable(),
});
export type Check = z.infer<typeof checkSchema>;

const validateResultSchema = z.object({
  command: z.literal('validate'),
  checks: z.array(checkSchema),
  omitted: omittedSchema,
});
export type ValidateResult = z.infer<typeof validateResultSchema>;

/** One column of a row that differs: both values as text, cut where they are long; null for NULL. */
const columnDifferenceSchema = z.object({
  name: z.string(),
  source: z.string().nullable(),
  target: z.string().nullable(),
});
export type ColumnDifference = z.infer<typeof columnDifferenceSchema>;

const rowDifferenceSchema = z.object({
  kind: z.enum(['missing on target', 'only on target', 'different']),
  /** `column = value, …` of the key; the whole row, cut, of a table that has no key. */
  key: z.string(),
  /** How many rows are like this: may be more than one where there is no key. */
  rows: z.number(),
  /** Those that differ, the first few of them; empty unless `different`. */
  columns: z.array(columnDifferenceSchema),
});
export type RowDifference = z.infer<typeof rowDifferenceSchema>;

const tableComparisonSchema = z.object({
  database: z.string(),
  table: z.string(),
  source_rows: z.number().nullable(),
  target_rows: z.number().nullable(),
  equal: z.boolean(),
  /** Why they differ, in words; null when they are equal. */
  difference: z.string().nullable(),
  /** A few of the rows that differ; absent where none were looked for. */
  evidence: z.array(rowDifferenceSchema).optional(),
});
export type TableComparison = z.infer<typeof tableComparisonSchema>;

const schemaDifferenceSchema = z.object({
  database: z.string(),
  /** Kind and name: `index public.orders_day`. */
  object: z.string(),
  difference: z.string(),
});
export type SchemaDifference = z.infer<typeof schemaDifferenceSchema>;

/** What a comparison made a server read. Bytes are sizes on disk, once for every time that a table was read. */
const readAmountSchema = z.object({ rows: z.number(), bytes: z.number() });
export type ReadAmount = z.infer<typeof readAmountSchema>;

const verificationSchema = z.object({
  tables: z.array(tableComparisonSchema),
  sequences: z.array(tableComparisonSchema),
  /** One entry for each database that has any, as if they were its rows. */
  large_objects: z.array(tableComparisonSchema).optional(),
  /** Objects that differ; absent in results of releases that did not compare schemas. */
  schema: z.array(schemaDifferenceSchema).optional(),
  read: z.object({ source: readAmountSchema, target: readAmountSchema }).optional(),
  seconds: z.number(),
  /** Of all comparisons together. */
  omitted: omittedSchema,
});
export type Verification = z.infer<typeof verificationSchema>;

const verifyResultSchema = z.object({ command: z.literal('verify'), verification: verificationSchema });
export type VerifyResult = z.infer<typeof verifyResultSchema>;

const skippedObjectSchema = z.object({ object: z.string(), reason: z.string() });
export type SkippedObject = z.infer<typeof skippedObjectSchema>;

/** How one database of the target follows its source. */
const followingSchema = z.object({
  /** Of the target. */
  database: z.string(),
  method: syncMethodSchema,
  /** Why this method, in words. */
  reason: z.string(),
  /** Tables whose changes arrive. */
  tables: z.number(),
  /** Tables in scope whose changes do not arrive. */
  left_out: z.array(skippedObjectSchema),
  /** Of `left_out`; in a run of `sync` of `repaired`, too. */
  omitted: omittedSchema,
});
export type Following = z.infer<typeof followingSchema>;

const initResultSchema = z.object({
  command: z.literal('init'),
  databases: z.number(),
  tables: z.number(),
  rows: z.number(),
  large_objects: z.number().optional(),
  /** Bytes of the COPY streams. */
  bytes: z.number(),
  seconds: z.number(),
  phases: z.array(phaseTimingSchema),
  skipped: z.array(skippedObjectSchema),
  /** What the preflight warned of. */
  warnings: z.array(checkSchema).optional(),
  /** Roles that were created on the target; those that the target role was made a member of, to act for them. */
  roles: z
    .object({ created: z.array(z.string()), joined: z.array(z.string()), omitted: omittedSchema })
    .optional(),
  /** What an interrupted run had copied: parts kept, and parts copied again because the source had changed. */
  resumed: z.object({ parts_kept: z.number(), parts_changed: z.number() }).optional(),
  /** What follows the source from now on; absent for a copy that nothing follows. */
  sync: z.array(followingSchema).optional(),
  /** Of `skipped` and `warnings`, and databases of `sync`. */
  omitted: omittedSchema,
  /** Null when the run was told not to verify. */
  verification: verificationSchema.nullable(),
});
export type InitResult = z.infer<typeof initResultSchema>;

const syncResultSchema = z.object({
  command: z.literal('sync'),
  /** True when sync was ended, here or by somebody else meanwhile, and what it had made was removed from both sides. */
  stopped: z.boolean(),
  databases: z.array(
    followingSchema.extend({
      /** What this run applied itself; zero where the target's own subscription does. */
      transactions: z.number(),
      rows: z.number(),
      /** What was made anew because it was missing or broken, in words. */
      repaired: z.array(z.string()),
    }),
  ),
  /** Of `databases`. */
  omitted: omittedSchema,
  seconds: z.number(),
});
export type SyncResult = z.infer<typeof syncResultSchema>;

const syncConflictSchema = z.object({
  table: z.string(),
  /** `column = value, …`; empty where it is not known. */
  key: z.string(),
  message: z.string(),
  fix: z.string(),
});
export type SyncConflict = z.infer<typeof syncConflictSchema>;

const syncSlotSchema = z.object({
  name: z.string(),
  is_active: z.boolean(),
  /** Log that the source keeps for it. */
  retained_bytes: z.number(),
  /** How much more it may keep before it gives the slot up; null for as much as the disk holds. */
  left_bytes: z.number().nullable(),
  /** As `pg_replication_slots` has it: reserved, extended, unreserved, lost. */
  wal_status: z.string(),
});
export type SyncSlot = z.infer<typeof syncSlotSchema>;

/**
 * `copying`: the copy is not done yet; `following`: changes arrive; `waiting`: nobody applies them now, a worker has to
 * be started; `broken`: somebody has to act, `attention` says how.
 */
export const syncStateSchema = z.enum(['copying', 'following', 'waiting', 'broken']);
export type SyncState = z.infer<typeof syncStateSchema>;

const databaseStatusSchema = z.object({
  /** Of the target. */
  database: z.string(),
  state: syncStateSchema,
  method: syncMethodSchema,
  /** Between the end of the source's log and what the target has confirmed. */
  lag_bytes: z.number().nullable(),
  /** From a mark in the source's log until the target has confirmed it; null when it did not within the deadline. */
  lag_seconds: z.number().nullable(),
  /** Of the source's log, confirmed by the target. */
  rate_bytes_per_second: z.number().nullable(),
  slot: syncSlotSchema.nullable(),
  tables: z.array(z.object({ table: z.string(), state: z.string() })),
  /** What changed in the schema since the copy: it is not followed. */
  drift: z.array(z.object({ object: z.string(), difference: z.string(), fix: z.string() })),
  /** How far the target's are behind; cutover sets them. */
  sequences: z.array(z.object({ sequence: z.string(), distance: z.string() })),
  conflicts: z.array(syncConflictSchema),
  /** What needs somebody to act, with what to do. */
  attention: z.array(z.object({ message: z.string(), fix: z.string() })),
  /** Of its lists, `tables` and `sequences` first. */
  omitted: omittedSchema,
});
export type DatabaseStatus = z.infer<typeof databaseStatusSchema>;

const statusResultSchema = z.object({
  command: z.literal('status'),
  databases: z.array(databaseStatusSchema),
  /** Slots of ours on the source that no target in scope knows. */
  abandoned_slots: z.array(z.object({ name: z.string(), retained_bytes: z.number(), fix: z.string() })),
  /** Of `databases` and `abandoned_slots`. */
  omitted: omittedSchema,
});
export type StatusResult = z.infer<typeof statusResultSchema>;

const cutoverStepSchema = z.object({
  step: z.string(),
  /** `planned` in a dry run; `undone`: it was done, and taken back because a later one failed. */
  status: z.enum(['planned', 'done', 'undone', 'failed']),
  /** Expected in a dry run, else measured. */
  seconds: z.number(),
  detail: z.string(),
});
export type CutoverStep = z.infer<typeof cutoverStepSchema>;

const cutoverResultSchema = z.object({
  command: z.literal('cutover'),
  dry_run: z.boolean(),
  steps: z.array(cutoverStepSchema),
  /** Of `steps`, and databases of `reverse`. */
  omitted: omittedSchema,
  /** From the moment on at which the source's last position was taken until the target was ready for writes. */
  pause_seconds: z.number(),
  /** Redacted: where applications connect to from now on. */
  target: z.string(),
  /** How the old source follows the new one; null without `reverse`. */
  reverse: z.array(followingSchema).nullable(),
  verification: verificationSchema.nullable(),
});
export type CutoverResult = z.infer<typeof cutoverResultSchema>;

export const jobResultSchema = z.discriminatedUnion('command', [
  validateResultSchema,
  verifyResultSchema,
  initResultSchema,
  syncResultSchema,
  statusResultSchema,
  cutoverResultSchema,
]);
export type JobResult = z.infer<typeof jobResultSchema>;
