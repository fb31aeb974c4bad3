import pg from 'pg';
import { CHECKPOINT_COMMENT } from '../catalog/our-schemas.ts';
import { rowsName, type Table } from '../catalog/list-tables.ts';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { Checkpoint, type RecordedPart } from './checkpoint.ts';
import { findCheckpointSchema } from './find-checkpoint.ts';
import type { Fingerprint } from './fingerprint.ts';

const SCHEMA_NAME = 'seren_replicator';

export interface OpenCheckpointInput {
  fingerprint: Fingerprint;
  /** The name of ours avoids these. */
  sourceSchemas: ReadonlySet<string>;
}

/** The checkpoint that an earlier run has left, or a new one. */
export async function openCheckpoint(target: Session, input: OpenCheckpointInput): Promise<Checkpoint> {
  const schema = await findCheckpointSchema(target);
  if (schema === null) return createCheckpoint(target, input);
  return new Checkpoint({
    schema,
    isResumed: true,
    doneKeys: await readDoneKeys(target, schema),
    parts: await readParts(target, schema),
  });
}

/** In one transaction: a run that dies in it has left nothing. */
async function createCheckpoint(
  target: Session,
  { fingerprint, sourceSchemas }: OpenCheckpointInput,
): Promise<Checkpoint> {
  let schema = SCHEMA_NAME;
  while (sourceSchemas.has(schema)) schema += '_';
  const quoted = pg.escapeIdentifier(schema);
  await target.execute(
    'create a checkpoint',
    `CREATE SCHEMA ${quoted};
     COMMENT ON SCHEMA ${quoted} IS ${pg.escapeLiteral(CHECKPOINT_COMMENT)};
     CREATE TABLE ${quoted}.run (fingerprint jsonb NOT NULL, started_at timestamptz NOT NULL DEFAULT pg_catalog.now());
     CREATE TABLE ${quoted}.done (key text PRIMARY KEY);
     CREATE TABLE ${quoted}.part (id int PRIMARY KEY, schema_name text NOT NULL, table_name text NOT NULL,
                                  block_from int8, block_to int8, transaction_id int8);
     INSERT INTO ${quoted}.run (fingerprint) VALUES (${pg.escapeLiteral(JSON.stringify(fingerprint))});`,
  );
  return new Checkpoint({ schema, isResumed: false, doneKeys: new Set(), parts: [] });
}

export async function dropCheckpoint(target: Session, checkpoint: Checkpoint): Promise<void> {
  await target.execute('drop the checkpoint', dropCheckpointStatement(checkpoint));
}

export function dropCheckpointStatement({ schema }: Checkpoint): string {
  return `DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE`;
}

/** Records the parts that tables are going to be copied in. */
export async function recordParts(
  target: Session,
  checkpoint: Checkpoint,
  parts: readonly RecordedPart[],
): Promise<void> {
  await target.query(
    'record the parts of tables',
    `INSERT INTO ${checkpoint.table('part')} (id, schema_name, table_name, block_from, block_to)
     SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::int8[], $5::int8[])`,
    [
      parts.map(({ id }) => id),
      parts.map(({ schema }) => schema),
      parts.map(({ name }) => name),
      parts.map(({ range }) => range?.from ?? null),
      parts.map(({ range }) => range?.to ?? null),
    ],
  );
  checkpoint.noteParts([...checkpoint.parts, ...parts]);
}

/** The rows of a part that was committed by a transaction whose answer never arrived; null when it was not. */
export async function countPartRows(
  target: Session,
  { checkpoint, table, part }: { checkpoint: Checkpoint; table: Table; part: RecordedPart },
): Promise<number | null> {
  const [mark] = await target.query<{ transaction_id: string }>(
    'read its checkpoint',
    `SELECT transaction_id FROM ${checkpoint.table('part')} WHERE id = $1 AND transaction_id IS NOT NULL`,
    [part.id],
  );
  if (mark === undefined) return null;
  const { rows } = await target.queryOne<{ rows: string }>(
    'count the rows of a part',
    `SELECT pg_catalog.count(*)::text AS rows FROM ${rowsName(table)}
     WHERE xmin = ${pg.escapeLiteral(mark.transaction_id)}::pg_catalog.xid`,
  );
  return Number(rows);
}

/** Reads anew what is done: a commit whose answer never arrived may have added to it. */
export async function reloadDone(target: Session, checkpoint: Checkpoint): Promise<void> {
  checkpoint.noteDone(await readDoneKeys(target, checkpoint.schema));
}

async function readDoneKeys(target: Session, schema: string): Promise<Set<string>> {
  const rows = await target.query<{ key: string }>(
    'read its checkpoint',
    `SELECT key FROM ${qualifiedName(schema, 'done')}`,
  );
  return new Set(rows.map(({ key }) => key));
}

async function readParts(target: Session, schema: string): Promise<RecordedPart[]> {
  const rows = await target.query<{
    id: number;
    schema_name: string;
    table_name: string;
    block_from: string | null;
    block_to: string | null;
    transaction_id: string | null;
  }>('read its checkpoint', `SELECT * FROM ${qualifiedName(schema, 'part')} ORDER BY id`);
  return rows.map((row) => ({
    id: row.id,
    schema: row.schema_name,
    name: row.table_name,
    range:
      row.block_from === null
        ? null
        : { from: Number(row.block_from), to: row.block_to === null ? null : Number(row.block_to) },
    transactionId: row.transaction_id,
  }));
}
