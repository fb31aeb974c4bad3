import { askSample } from './ask.ts';
import type { ObjectName } from './quote.ts';

export interface UnreadableRelation extends ObjectName {
  kind: 'table' | 'sequence';
  lacks_usage: boolean;
  lacks_select: boolean;
  is_in_scope: boolean;
}

/** Of a source. What this role may not read, of what a copy reads and of what pg_dump locks. */
export const privilegeQuestions = {
  /**
   * LOCK TABLE in ACCESS SHARE mode asks for SELECT, and pg_dump locks every table that is not an extension's before
   * it reads the schema: the excluded ones and the partitioned parents too (`getTables` in pg_dump.c).
   */
  unreadable: askSample<UnreadableRelation>(`
    SELECT schema, name, kind, lacks_usage, lacks_select, is_in_scope
    FROM (
      SELECT r.schema, r.name, r.is_in_scope, CASE r.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
             NOT pg_catalog.has_schema_privilege(r.schema_oid, 'USAGE') AS lacks_usage,
             CASE WHEN r.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(r.oid, 'SELECT')
                  ELSE NOT pg_catalog.has_table_privilege(r.oid, 'SELECT') END AS lacks_select
      FROM relations AS r
      WHERE (r.relkind IN ('r', 'p') AND (NOT r.is_configuration OR r.has_rows_in_scope))
         OR (r.relkind = 'S' AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_depend AS o JOIN relations AS t ON t.oid = o.refobjid AND NOT t.is_in_scope
               WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = r.oid AND o.deptype IN ('a', 'i')
                 AND o.refclassid = 'pg_catalog.pg_class'::regclass))
    ) AS checked
    WHERE lacks_usage OR lacks_select
    ORDER BY schema, name`),
  /** Tables whose policies would show this role only some of their rows. */
  hiddenRows: askSample<ObjectName>(`
    SELECT schema, name FROM relations
    WHERE relkind = 'r' AND has_rows_in_scope AND pg_catalog.row_security_active(oid) ORDER BY schema, name`),
  /**
   * The condition is the one under which the view shows options (`pg_user_mappings` in system_views.sql): elsewhere
   * pg_dump writes a mapping without its options, hence without user and password.
   */
  hiddenUserMappings: askSample<{ server: string; user: string }>(`
    SELECT m.srvname AS server, m.usename AS "user"
    FROM pg_catalog.pg_user_mappings AS m JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid
    WHERE m.umoptions IS NULL
      AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
      AND NOT CASE WHEN m.umuser = 0 THEN pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                   ELSE m.usename = current_user
                    AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                         OR pg_catalog.has_server_privilege(s.oid, 'USAGE')) END
    ORDER BY 1, 2`),
};
