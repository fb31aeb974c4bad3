/** What a job that ended has to say, one shape per command. */
import { z } from 'zod';

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
  /** Of `skipped` and `warnings`. */
  omitted: omittedSchema,
  /** Null when the run was told not to verify. */
  verification: verificationSchema.nullable(),
});
export type InitResult = z.infer<typeof initResultSchema>;

export const jobResultSchema = z.discriminatedUnion('command', [
  validateResultSchema,
  verifyResultSchema,
  initResultSchema,
]);
export type JobResult = z.infer<typeof jobResultSchema>;
