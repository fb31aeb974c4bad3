import { askOne } from './ask.ts';
import type { ObjectName } from './quote.ts';

export interface Sizes {
  /** Of what is copied, with TOAST and without indexes, in bytes. */
  table_bytes: number;
  index_bytes: number;
  large_object_bytes: number;
  /** Tables whose rows are copied. */
  tables: number;
  /** Tables that one transaction locks: pg_dump's. */
  locked_tables: number;
  largest: (ObjectName & { bytes: number }) | null;
}

/** Of a source. */
export const sizeQuestions = {
  sizes: askOne<Sizes>(`
    SELECT coalesce(pg_catalog.sum(bytes), 0)::float8 AS table_bytes,
           coalesce(pg_catalog.sum(index_bytes), 0)::float8 AS index_bytes,
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
                THEN pg_catalog.pg_table_size('pg_catalog.pg_largeobject') ELSE 0 END AS large_object_bytes,
           pg_catalog.count(*) AS tables,
           (SELECT pg_catalog.count(*) FROM relations
            WHERE relkind IN ('r', 'p') AND NOT is_configuration) AS locked_tables,
           (SELECT pg_catalog.row_to_json(l) FROM (SELECT schema, name, bytes FROM table_sizes
                                                   ORDER BY bytes DESC LIMIT 1) AS l) AS largest
    FROM table_sizes`),
};
