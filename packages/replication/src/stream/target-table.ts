/** What has to be known of a table on the target to write changes into it by the names of its columns. */
import { EQUALITIES_OF_PARTS, PARTS_OF_T, T_IS_COMPARED_ITSELF } from '../catalog/type-equality.ts';
import type { Session } from '../session/session.ts';

export interface TargetColumn {
  name: string;
  /** For a cast of a parameter, without a length: `pg_catalog.bpchar`, not `character`. */
  type: string;
  /** `OPERATOR("pg_catalog".=)`; null for types that have no equality. */
  equality: string | null;
  /** Equal values look the same: not so for 1.0 and 1.00. */
  isExact: boolean;
  /** GENERATED ALWAYS AS IDENTITY: no UPDATE may set it. */
  isIdentityAlways: boolean;
  isGenerated: boolean;
}

export interface TargetTable {
  oid: number;
  isPartitioned: boolean;
  columns: TargetColumn[];
  /** By which its rows can be told apart; empty for a table without a unique index of columns that are not null. */
  keyColumns: string[];
  /** Unique indexes and exclusion constraints. */
  uniqueIndexes: number;
  /** Triggers that fire also for what is replicated. */
  hasTriggers: boolean;
  /** Tables with a foreign key to it. */
  referencedBy: number[];
}

/**
 * Types for which `=` is true of values of the same text only. Of text and varchar those with a collation that does not
 * take different strings for equal.
 */
const EXACT_TYPES = `('bool', 'int2', 'int4', 'int8', 'oid', 'uuid', 'date', 'time', 'timestamp', 'timestamptz', 'bytea', 'char', 'name')`;

const QUESTION = `
  WITH RECURSIVE chain AS (
    SELECT DISTINCT a.atttypid AS type, a.atttypid AS base FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT chain.type, t.typbasetype FROM chain JOIN pg_catalog.pg_type AS t ON t.oid = chain.base AND t.typtype = 'd'
  ), parts AS (
    SELECT DISTINCT chain.base AS type, chain.base AS part FROM chain
    UNION
    SELECT parts.type, inner_type.part FROM parts JOIN pg_catalog.pg_type AS t ON t.oid = parts.part
    CROSS JOIN LATERAL ${PARTS_OF_T} AS inner_type
  ), ${EQUALITIES_OF_PARTS}, unequal AS (
    SELECT DISTINCT parts.type FROM parts JOIN pg_catalog.pg_type AS t ON t.oid = parts.part
    WHERE ${T_IS_COMPARED_ITSELF} AND t.oid NOT IN (SELECT type FROM equalities)
  ), columns AS (
    SELECT a.attnum, a.attname::text AS name, pg_catalog.format_type(a.atttypid, -1) AS type,
           a.attidentity = 'a' AS "isIdentityAlways", a.attgenerated <> '' AS "isGenerated",
           CASE WHEN b.oid NOT IN (SELECT type FROM unequal)
                THEN coalesce((SELECT e.equality FROM equalities AS e WHERE e.type = b.oid), 'OPERATOR(pg_catalog.=)') END AS equality,
           b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND b.typname IN ${EXACT_TYPES}
             OR b.typtype = 'e'
             OR b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND b.typname IN ('text', 'varchar')
                AND coalesce((SELECT l.collisdeterministic FROM pg_catalog.pg_collation AS l WHERE l.oid = a.attcollation), true)
             AS "isExact"
    FROM pg_catalog.pg_attribute AS a
    JOIN chain ON chain.type = a.atttypid
    JOIN pg_catalog.pg_type AS b ON b.oid = chain.base AND b.typtype <> 'd'
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
  )
  SELECT coalesce((SELECT pg_catalog.json_agg(columns ORDER BY attnum) FROM columns), '[]') AS columns,
         c.relkind = 'p' AS is_partitioned,
         coalesce((SELECT k.names FROM pg_catalog.pg_index AS i
                   CROSS JOIN LATERAL (
                     SELECT pg_catalog.array_agg(a.attname::text ORDER BY n) AS names, pg_catalog.bool_and(a.attnotnull) AS is_not_null
                     FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
                     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n]) AS k
                   WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                     AND i.indexprs IS NULL AND k.is_not_null
                   ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1), '{}') AS key_columns,
         (SELECT pg_catalog.count(*)::int4 FROM pg_catalog.pg_index AS i
          WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion)) AS unique_indexes,
         EXISTS (SELECT FROM pg_catalog.pg_trigger AS t
                 WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R')) AS has_triggers,
         ARRAY(SELECT f.conrelid::int8::text FROM pg_catalog.pg_constraint AS f
               WHERE f.confrelid = c.oid AND f.contype = 'f') AS referenced_by
  FROM pg_catalog.pg_class AS c
  WHERE c.oid = $1`;

interface Answer {
  columns: TargetColumn[];
  is_partitioned: boolean;
  key_columns: string[];
  unique_indexes: number;
  has_triggers: boolean;
  referenced_by: string[];
}

/** Null when the target has no table of this name. */
export async function readTargetTable(
  session: Session,
  { schema, name }: { schema: string; name: string },
): Promise<TargetTable | null> {
  const [found] = await session.query<{ oid: string }>(
    'look for a table',
    `SELECT c.oid::int8::text AS oid FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
    [schema, name],
  );
  if (found === undefined) return null;
  const [answer] = await session.query<Answer>('read what a table looks like', QUESTION, [found.oid]);
  if (answer === undefined) return null;
  return {
    oid: Number(found.oid),
    columns: answer.columns,
    isPartitioned: answer.is_partitioned,
    keyColumns: answer.key_columns,
    uniqueIndexes: answer.unique_indexes,
    hasTriggers: answer.has_triggers,
    referencedBy: answer.referenced_by.map(Number),
  };
}
