/** A table of the source and what it is on the target: columns meet by name. */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Relation } from './decode-message.ts';
import type { Shape } from './statement.ts';
import type { TargetColumn, TargetTable } from './target-table.ts';

export interface FollowedRelation {
  relation: Relation;
  target: TargetTable;
  /** `schema.name` for people. */
  label: string;
  /** Of the target, for each of the relation's. */
  columns: readonly TargetColumn[];
  /** Places in `columns` of the replica identity; all for FULL. */
  keyColumns: readonly number[];
  /** How its changes are written, as far as they have come. */
  shapes: Map<string, Shape>;
}

/** Columns of the relation that the target does not have, or works out itself. */
export function listMissingColumns(relation: Relation, target: TargetTable): string[] {
  const present = new Set(target.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name));
  return relation.columns.filter(({ name }) => !present.has(name)).map(({ name }) => name);
}

export function joinRelation(relation: Relation, target: TargetTable): FollowedRelation {
  const byName = new Map(target.columns.map((column) => [column.name, column]));
  const columns = relation.columns.map(({ name }) => {
    const column = byName.get(name);
    if (column === undefined) throw new ReplicatorError('internal', `The column ${name} was not looked for.`);
    return column;
  });
  const keyColumns = relation.columns.flatMap(({ isKey }, index) => (isKey ? [index] : []));
  return {
    relation,
    target,
    label: `${relation.schema}.${relation.name}`,
    columns,
    keyColumns,
    shapes: new Map(),
  };
}
