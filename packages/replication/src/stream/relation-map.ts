/** The tables whose changes arrive, by the number that the source gives them in this connection. */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Relation } from './decode-message.ts';
import { joinRelation, listMissingColumns, type FollowedRelation } from './followed-relation.ts';
import type { SharedSession } from './shared-session.ts';
import { readTargetTable } from './target-table.ts';
import { columnsGenerated, columnsMissing, tableMissing } from './conflict.ts';

export interface RelationMapInput {
  /** Of the target, to look tables up. */
  target: SharedSession;
  source: SharedSession;
  /** Before a table's description is replaced. */
  onReplace: (followed: FollowedRelation) => void;
}

export class RelationMap {
  readonly #input: RelationMapInput;
  readonly #byId = new Map<number, FollowedRelation>();

  constructor(input: RelationMapInput) {
    this.#input = input;
  }

  get(id: number): FollowedRelation {
    const followed = this.#byId.get(id);
    if (followed === undefined) {
      throw new ReplicatorError(
        'internal',
        `The source sent a change of a table (${id}) that it did not describe.`,
      );
    }
    return followed;
  }

  /** The source sends a description again whenever anything may have changed; mostly nothing has. */
  isKnown(relation: Relation): boolean {
    const known = this.#byId.get(relation.id);
    return known !== undefined && JSON.stringify(known.relation) === JSON.stringify(relation);
  }

  /** @throws SyncConflictError when the target's table has not what the source's has */
  async learn(relation: Relation): Promise<void> {
    const { target, source, onReplace } = this.#input;
    const table = await target.use((session) => readTargetTable(session, relation));
    if (table === null) throw tableMissing(relation);
    const missing = listMissingColumns(relation, table);
    if (missing.length > 0) {
      const generated = table.columns.filter(({ isGenerated }) => isGenerated).map(({ name }) => name);
      const worked = missing.filter((name) => generated.includes(name));
      if (worked.length > 0) throw columnsGenerated(relation, worked);
      throw await source.use((session) => columnsMissing(session, relation, missing));
    }
    const known = this.#byId.get(relation.id);
    if (known !== undefined) onReplace(known);
    this.#byId.set(relation.id, joinRelation(relation, table));
  }
}
