import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import { isSpread, type Table } from '../catalog/list-tables.ts';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';

const ROW_FILTER_VERSION_NUM = 150_000;

export interface PublishInput {
  name: string;
  tables: readonly Table[];
  versionNum: number;
}

/**
 * Publishes tables, each by itself, with the rows that are wanted of them. It has to be there before the slot: changes
 * are decoded with the catalogue as it was then.
 *
 * @param source a session that may write
 * @throws ReplicatorError `not_supported` for filters that a publication cannot have
 */
export async function publishTables(
  source: Session,
  { name, tables, versionNum }: PublishInput,
): Promise<void> {
  const filtered = tables.filter(({ predicate }) => predicate !== null);
  const [first] = filtered;
  if (first !== undefined && versionNum < ROW_FILTER_VERSION_NUM) {
    throw new ReplicatorError(
      'not_supported',
      `Publications have row filters from PostgreSQL 15 on, and ${first.label} is filtered; copy with --no-sync, or without the filter.`,
    );
  }
  const members = tables.map(
    (table) =>
      `ONLY ${qualifiedName(table.schema, table.name)}${table.predicate === null ? '' : ` WHERE (${table.predicate}\n)`}`,
  );
  const list = members.length === 0 ? '' : ` FOR TABLE ${members.join(', ')}`;
  // Only changes of published tables are told of as theirs: those of other trees keep the names of their partitions.
  const throughRoot = tables.some(isSpread) ? ', publish_via_partition_root' : '';
  await source.transaction('BEGIN', async () => {
    await source.execute(
      'publish tables',
      `CREATE PUBLICATION ${pg.escapeIdentifier(name)}${list}
       WITH (publish = 'insert, update, delete, truncate'${throughRoot})`,
    );
    if (filtered.length > 0) await refuseUnusableFilters(source, name);
  });
}

export async function dropPublication(source: Session, name: string): Promise<void> {
  await source.execute('drop its publication', `DROP PUBLICATION IF EXISTS ${pg.escapeIdentifier(name)}`);
}

/**
 * A row filter over columns that are not in the replica identity makes every UPDATE and DELETE fail, on the source,
 * for its users. What columns a filter reads the server has just noted as its dependencies.
 *
 * https://www.postgresql.org/docs/current/logical-replication-row-filter.html#LOGICAL-REPLICATION-ROW-FILTER-RESTRICTIONS
 */
async function refuseUnusableFilters(source: Session, name: string): Promise<void> {
  const [found] = await source.query<{ label: string; column: string }>(
    'look into its row filters',
    `SELECT n.nspname || '.' || c.relname AS label, a.attname::text AS column
     FROM pg_catalog.pg_publication AS p
     JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid
     JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_depend AS d
       ON d.classid = 'pg_catalog.pg_publication_rel'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
     WHERE p.pubname = $1 AND r.prqual IS NOT NULL AND c.relreplident <> 'f'
       AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_index AS i
         WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)
           AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)
     LIMIT 1`,
    [name],
  );
  if (found === undefined) return;
  throw new ReplicatorError(
    'not_supported',
    `The filter of ${found.label} reads ${found.column}, which is not in its replica identity: published like that, its rows could not be updated on the source. Run ALTER TABLE … REPLICA IDENTITY FULL on it, or copy with --no-sync.`,
  );
}
