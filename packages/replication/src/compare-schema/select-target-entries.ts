import { selectEntries } from '../restore/select-entries.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';

export interface SelectTargetEntriesInput {
  source: readonly ArchiveEntry[];
  target: readonly ArchiveEntry[];
  rules: TableRules;
}

const tableKinds: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE']);

/**
 * What of the target's schema a run has to do with: tables that the source has and the run leaves out are left out
 * here too, with all that stands on them. Where only some tables were asked for, so are tables that only the target
 * has.
 */
export function selectTargetEntries(input: SelectTargetEntriesInput): ArchiveEntry[] {
  const { source, target, rules } = input;
  const sourceOids = new Map(source.filter(isTable).map((entry) => [nameOf(entry), entry.catalogId.oid]));
  const outOfScope = new Set(
    target
      .filter(isTable)
      .filter((entry) => {
        const sourceOid = sourceOids.get(nameOf(entry));
        return sourceOid === undefined ? rules.known !== null : !isInScope(rules, sourceOid);
      })
      .map(({ catalogId }) => catalogId.oid),
  );
  return selectEntries(target, (oid) => !outOfScope.has(oid)).entries;
}

function isTable({ kind }: ArchiveEntry): boolean {
  return tableKinds.has(kind);
}

function nameOf({ namespace, tag }: ArchiveEntry): string {
  return JSON.stringify([namespace, tag]);
}
