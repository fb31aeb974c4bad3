import type { Table } from '../catalog/list-tables.ts';
import type { IndexFacts } from '../catalog/read-index-facts.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';

/**
 * What a byte of an index takes to build, against a byte of rows to copy: an inverted index has many entries for each
 * row, a search tree of boxes is built by inserting one after the other.
 */
const weightsByMethod: ReadonlyMap<string, number> = new Map([
  ['btree', 1],
  ['hash', 1],
  ['gin', 5],
  ['gist', 4],
  ['spgist', 3],
]);
const OTHER_METHODS_WEIGHT = 2;
/** A foreign key is checked by one join, of which the referencing table is the larger part. */
const FOREIGN_KEY_WEIGHT = 0.2;
/** The oid of `pg_constraint`, the same in every release (src/include/catalog/pg_constraint.h). */
const CONSTRAINT_CATALOGUE = 2606;

export interface WeighItemsInput {
  tables: readonly { table: Table }[];
  /** By oid, as the source has them. */
  indexFacts: ReadonlyMap<number, IndexFacts>;
}

/** What each item costs, in about the time that this many bytes of rows take. */
export function weighItems(
  items: readonly RestoreItem[],
  { tables, indexFacts }: WeighItemsInput,
): Map<RestoreItem, number> {
  const bytesByTable = new Map(tables.map(({ table }) => [table.oid, table.bytes]));
  const ofConstraints = new Map(
    [...indexFacts.values()].flatMap((facts): [number, IndexFacts][] =>
      facts.constraintOid === null ? [] : [[facts.constraintOid, facts]],
    ),
  );
  const weigh = ({ entry: { kind, catalogId }, locks, isShort }: RestoreItem): number => {
    if (isShort === true) return 0;
    if (kind === 'FK CONSTRAINT') {
      return FOREIGN_KEY_WEIGHT * Math.max(0, ...locks.map(({ table }) => bytesByTable.get(table) ?? 0));
    }
    if (kind !== 'INDEX' && kind !== 'CONSTRAINT') return 0;
    const isOfConstraint = catalogId.tableoid === CONSTRAINT_CATALOGUE;
    const facts = (isOfConstraint ? ofConstraints : indexFacts).get(catalogId.oid);
    if (facts === undefined) return 0;
    return facts.bytes * (weightsByMethod.get(facts.method) ?? OTHER_METHODS_WEIGHT);
  };
  return new Map(items.map((item) => [item, weigh(item)]));
}
