import { askSample, type Question, type Sample } from './ask.ts';
import type { ObjectName } from './quote.ts';

type Named = Question<Sample<ObjectName>>;
export type ConstraintName = ObjectName & { constraint: string };

/** Of a source: objects that a copy treats in a way that is worth knowing. */
export function peculiarityQuestions(versionNum: number) {
  // Since 18 what is not enforced is not valid either, and is no oversight.
  const isEnforced = versionNum >= 180_000 ? 'k.conenforced' : 'true';
  return {
    unloggedTables: relations(`relkind = 'r' AND relpersistence = 'u'`),
    unpopulatedViews: relations(`relkind = 'm' AND NOT relispopulated`),
    foreignTables: askSample<ObjectName & { server: string }>(`
      SELECT r.schema, r.name, s.srvname AS server
      FROM relations AS r
      JOIN pg_catalog.pg_foreign_table AS f ON f.ftrelid = r.oid
      JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
      WHERE r.is_in_scope ORDER BY 1, 2`),
    /** pg_dump leaves them out, but for those of partitioned tables, which are invalid while a partition lacks one. */
    invalidIndexes: askSample<ObjectName>(`
      SELECT r.schema, x.relname AS name
      FROM pg_catalog.pg_index AS i
      JOIN relations AS r ON r.oid = i.indrelid AND r.relkind <> 'p' AND r.is_in_scope
      JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
      WHERE NOT i.indisvalid OR NOT i.indisready ORDER BY 1, 2`),
    unvalidatedConstraints: askSample<ConstraintName>(`
      SELECT r.schema, r.name, k.conname AS constraint
      FROM pg_catalog.pg_constraint AS k JOIN relations AS r ON r.oid = k.conrelid AND r.is_in_scope
      WHERE NOT k.convalidated AND ${isEnforced} ORDER BY 1, 2, 3`),
    subscriptions: askSample<{ name: string; is_enabled: boolean }>(`
      SELECT s.subname AS name, s.subenabled AS is_enabled
      FROM pg_catalog.pg_subscription AS s
      JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
      ORDER BY 1`),
  };
}

function relations(condition: string): Named {
  return askSample<ObjectName>(
    `SELECT schema, name FROM relations WHERE is_in_scope AND ${condition} ORDER BY schema, name`,
  );
}
