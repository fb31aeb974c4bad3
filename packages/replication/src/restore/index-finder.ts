import type { IndexFacts } from '../catalog/read-index-facts.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';

/** The oid of `pg_constraint`, the same in every release (src/include/catalog/pg_constraint.h). */
const CONSTRAINT_CATALOGUE = 2606;

/** Tells which index of the source an item builds, on its own or for a constraint; undefined for items that build none. */
export type IndexOfItem = (item: RestoreItem) => IndexFacts | undefined;

/** @param indexFacts the source's, by oid */
export function indexFinder(indexFacts: ReadonlyMap<number, IndexFacts>): IndexOfItem {
  const ofConstraints = new Map(
    [...indexFacts.values()].flatMap((facts): [number, IndexFacts][] =>
      facts.constraintOid === null ? [] : [[facts.constraintOid, facts]],
    ),
  );
  return ({ entry: { kind, catalogId }, isShort }) => {
    if (isShort === true || (kind !== 'INDEX' && kind !== 'CONSTRAINT')) return undefined;
    return (catalogId.tableoid === CONSTRAINT_CATALOGUE ? ofConstraints : indexFacts).get(catalogId.oid);
  };
}
