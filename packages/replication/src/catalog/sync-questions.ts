import { askOne, askSample, type Question, type Sample } from './ask.ts';
import type { ObjectName } from './quote.ts';

export interface TableWithoutIdentity extends ObjectName {
  /** A unique index that could serve; null when there is none. */
  index: string | null;
}

export interface ReplicationUse {
  slots: number;
  /** Null when this role may not see what other roles' sessions do. */
  senders: number | null;
  /** Slots that read the log of this database. */
  ofDatabase: { name: string; is_read: boolean }[];
}

const GENERATED_COLUMN_OF_R = `
  SELECT FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = r.oid AND a.attgenerated <> '' AND NOT a.attisdropped`;
/** Of a row of pg_index called i, without the columns that it only includes. */
const KEY_OF_I = `(i.indkey::int2[])[0:i.indnkeyatts - 1]`;

const IDENTITY_IS_PUBLISHED = `
  i.indrelid = r.oid AND i.indisvalid
  AND NOT EXISTS (${GENERATED_COLUMN_OF_R} AND a.attnum = ANY (${KEY_OF_I}))`;

/**
 * Of a row of pg_class called r: whether its whole rows cannot be its replica identity either. Generated columns are not
 * published. From 18 on a server with one in the replica identity refuses to update rows; before, a subscription cannot
 * apply changes of a table whose primary key has one.
 */
export const CANNOT_BE_FULL = `
  EXISTS (${GENERATED_COLUMN_OF_R} AND (
    pg_catalog.current_setting('server_version_num')::int >= 180000
    OR EXISTS (SELECT FROM pg_catalog.pg_index AS i
               WHERE i.indrelid = r.oid AND i.indisprimary AND a.attnum = ANY (${KEY_OF_I}))))`;

/** Of a row of pg_class called r: whether its updated rows could not be told apart by what is published of them. */
export const LACKS_IDENTITY = `
  CASE r.relreplident
    WHEN 'f' THEN ${CANNOT_BE_FULL}
    WHEN 'd' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                              WHERE ${IDENTITY_IS_PUBLISHED} AND i.indisprimary AND i.indimmediate)
    WHEN 'i' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                              WHERE ${IDENTITY_IS_PUBLISHED} AND i.indisreplident)
    ELSE true END`;

/** Tables of a run that lack an identity, each with what could serve instead. */
function lacking(condition: string): Question<Sample<TableWithoutIdentity>> {
  return askSample<TableWithoutIdentity>(`
    SELECT r.schema, r.name, (
      SELECT x.relname
      FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
      WHERE i.indrelid = r.oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL
        AND NOT EXISTS (
          SELECT FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k
          LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = r.oid AND a.attnum = i.indkey[k] AND a.attnum > 0 AND a.attnotnull AND a.attgenerated = ''
          WHERE a.attnum IS NULL)
      ORDER BY i.indnkeyatts, x.relname LIMIT 1) AS index
    FROM relations AS r
    WHERE r.relkind = 'r' AND r.is_in_scope AND r.relpersistence = 'p' AND NOT r.is_configuration
      AND ${LACKS_IDENTITY} AND ${condition}
    ORDER BY r.schema, r.name`);
}

/** Of a source that is to send its changes: what its tables and its server lack for that. */
export const syncQuestions = {
  /**
   * Tables whose UPDATE and DELETE PostgreSQL refuses once they are published. What can serve instead of a primary key
   * is unique, not partial, not deferrable, over columns that are never null and not generated.
   *
   * https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY
   */
  withoutIdentity: lacking(`NOT ${CANNOT_BE_FULL}`),
  /** Those that REPLICA IDENTITY FULL does not help. */
  withGeneratedIdentity: lacking(CANNOT_BE_FULL),
  /** Only a table's owner adds it to a publication. */
  notOwned: askSample<ObjectName & { owner: string }>(`
    SELECT schema, name, pg_catalog.pg_get_userbyid(relowner) AS owner FROM relations
    WHERE relkind IN ('r', 'p') AND is_in_scope AND NOT is_configuration
      AND NOT pg_catalog.pg_has_role(relowner, 'USAGE')
    ORDER BY schema, name`),
  publishing: askOne<{ may_create: boolean }>(`
    SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create`),
  replicationUse: askOne<ReplicationUse>(`
    SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots) AS slots,
           CASE WHEN pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
                THEN (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication) END AS senders,
           (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', slot_name, 'is_read', active)), '[]')
            FROM pg_catalog.pg_replication_slots
            WHERE database = pg_catalog.current_database()) AS "ofDatabase"`),
};
