import { selectEntries } from '../restore/select-entries.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';

export interface SelectTargetEntriesInput {
  source: readonly ArchiveEntry[];
  target: readonly ArchiveEntry[];
  rules: TableRules;
  /** Unquoted; null without one. */
  checkpointSchema: string | null;
}

const tableKinds: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE']);

/**
 * What of the target's schema a run has to do with: tables that the source has and the run leaves out are left out
 * here too, with all that stands on them. Where only some tables were asked for, so are tables that only the target
 * has. What an unfinished copy keeps for itself is no part of the schema.
 */
export function selectTargetEntries(input: SelectTargetEntriesInput): ArchiveEntry[] {
  const { source, target, rules, checkpointSchema } = input;
  const sourceOids = new Map(source.filter(isTable).map((entry) => [nameOf(entry), entry.catalogId.oid]));
  const outOfScope = new Set(
    target
      .filter(isTable)
      .filter((entry) => {
        if (entry.namespace === checkpointSchema) return true;
        const sourceOid = sourceOids.get(nameOf(entry));
        return sourceOid === undefined ? rules.known !== null : !isInScope(rules, sourceOid);
      })
      .map(({ catalogId }) => catalogId.oid),
  );
  return selectEntries(target, (oid) => !outOfScope.has(oid)).entries.filter(
    ({ kind, namespace, tag }) =>
      checkpointSchema === null ||
      (namespace !== checkpointSchema &&
        !(kind === 'SCHEMA' && tag === checkpointSchema) &&
        !(kind === 'COMMENT' && tag === `SCHEMA "${checkpointSchema}"`)),
  );
}

function isTable({ kind }: ArchiveEntry): boolean {
  return tableKinds.has(kind);
}

function nameOf({ namespace, tag }: ArchiveEntry): string {
  return JSON.stringify([namespace, tag]);
}
