/**
 * Which tables a run copies, which it only creates, and which rows it takes: the filters of a specification held
 * against the tables that there are. A filter that matches nothing is refused: it is a typing error, and a copy
 * without it would not be the one that was asked for.
 */
import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { parseTablePattern, type NamePattern } from './name-pattern.ts';

/** A table that filters may name: ordinary, partitioned or a partition. */
export interface NamedTable {
  oid: number;
  schema: string;
  name: string;
  /** The partitioned table that it is a partition of; null for all others. */
  parentOid: number | null;
}

export interface DatabaseTables {
  database: string;
  tables: readonly NamedTable[];
}

/** The rules for one database; oids of tables of any kind. */
export interface TableRules {
  excluded: ReadonlySet<number>;
  /** What an include filter chose from; null without one: then tables that have just been created are wanted too. */
  known: ReadonlySet<number> | null;
  schemaOnly: ReadonlySet<number>;
  /** SQL predicates, several for one table meaning all of them. */
  predicates: ReadonlyMap<number, string>;
}

type TableFilter = Pick<
  JobFilter,
  'include_tables' | 'exclude_tables' | 'schema_only_tables' | 'table_filters'
>;

/**
 * @returns rules in the order of `databases`
 * @throws ReplicatorError `invalid_request` for a filter that matches nothing, or that could mean two things
 */
export function resolveRules(databases: readonly DatabaseTables[], filter: TableFilter): TableRules[] {
  const included = filter.include_tables.map((text) => match(text, databases));
  const excluded = filter.exclude_tables.map((text) => match(text, databases));
  const schemaOnly = filter.schema_only_tables.map((text) => match(text, databases));
  const filtered = filter.table_filters.map(({ table, where }) => ({
    where,
    matched: match(table, databases),
  }));
  return databases.map(({ tables }, index) => {
    const includedHere = union(included, index);
    const excludedHere = union(excluded, index);
    if (included.length > 0) {
      const kept = withAncestors(includedHere, tables);
      for (const { oid } of tables) if (!kept.has(oid)) excludedHere.add(oid);
    }
    const predicates = new Map<number, string>();
    for (const { where, matched } of filtered) {
      for (const oid of matched[index] ?? []) {
        const earlier = predicates.get(oid);
        predicates.set(oid, earlier === undefined ? `(${where}\n)` : `${earlier} AND (${where}\n)`);
      }
    }
    const known = included.length > 0 ? new Set(tables.map(({ oid }) => oid)) : null;
    return { excluded: excludedHere, known, schemaOnly: union(schemaOnly, index), predicates };
  });
}

/** Whether a run has to do with a table at all. */
export function isInScope({ excluded, known }: TableRules, oid: number): boolean {
  return !excluded.has(oid) && (known === null || known.has(oid));
}

/** What a filter matches in each database. A partitioned table stands for its partitions too. */
function match(text: string, databases: readonly DatabaseTables[]): Set<number>[] {
  const pattern = parseTablePattern(text);
  refuseTwoMeanings(pattern, databases);
  const matched = databases.map(({ database, tables }) => {
    const named = tables.filter((table) => matches(pattern, database, table));
    return withDescendants(new Set(named.map(({ oid }) => oid)), tables);
  });
  if (matched.every(({ size }) => size === 0)) {
    throw new ReplicatorError(
      'invalid_request',
      `The filter ${text} matches no table of the source; check its spelling, which is case-sensitive.`,
    );
  }
  return matched;
}

function matches(pattern: NamePattern, database: string, table: NamedTable): boolean {
  return isSchemaTable(pattern, table) || isDatabaseTable(pattern, database, table);
}

/** `table`, `schema.table`, `database.schema.table` */
function isSchemaTable({ parts }: NamePattern, { schema, name }: NamedTable): boolean {
  const [first, second, third] = parts;
  if (third !== undefined) return false;
  return second === undefined ? first?.(name) === true : first?.(schema) === true && second(name);
}

/** `database.table`, `database.schema.table` */
function isDatabaseTable({ parts }: NamePattern, database: string, { schema, name }: NamedTable): boolean {
  const [first, second, third] = parts;
  if (second === undefined || first?.(database) !== true) return false;
  return third === undefined ? second(name) : second(schema) && third(name);
}

/** A two-part name may be `schema.table` and `database.table` at once: the user is asked which. */
function refuseTwoMeanings(pattern: NamePattern, databases: readonly DatabaseTables[]): void {
  if (pattern.parts.length !== 2) return;
  const find = (isMeant: (database: string, table: NamedTable) => boolean): string | undefined => {
    for (const { database, tables } of databases) {
      const table = tables.find((candidate) => isMeant(database, candidate));
      if (table !== undefined) return `${database}.${table.schema}.${table.name}`;
    }
    return undefined;
  };
  const asSchema = find((_database, table) => isSchemaTable(pattern, table));
  const asDatabase = find((database, table) => isDatabaseTable(pattern, database, table));
  if (asSchema === undefined || asDatabase === undefined || asSchema === asDatabase) return;
  throw new ReplicatorError(
    'invalid_request',
    `The filter ${pattern.text} could mean ${asSchema} and ${asDatabase}; write the one that you mean in three parts.`,
  );
}

function withDescendants(oids: Set<number>, tables: readonly NamedTable[]): Set<number> {
  // Partitions come after their parents in no certain order: go round until nothing is added.
  for (let isGrowing = oids.size > 0; isGrowing;) {
    isGrowing = false;
    for (const { oid, parentOid } of tables) {
      if (parentOid === null || !oids.has(parentOid) || oids.has(oid)) continue;
      oids.add(oid);
      isGrowing = true;
    }
  }
  return oids;
}

/** A partition cannot be created without the partitioned tables above it. */
function withAncestors(oids: ReadonlySet<number>, tables: readonly NamedTable[]): Set<number> {
  const parents = new Map(tables.map(({ oid, parentOid }) => [oid, parentOid]));
  const all = new Set(oids);
  for (const oid of oids) {
    for (let parent = parents.get(oid) ?? null; parent !== null; parent = parents.get(parent) ?? null)
      all.add(parent);
  }
  return all;
}

function union(matched: readonly Set<number>[][], index: number): Set<number> {
  return new Set(matched.flatMap((sets) => [...(sets[index] ?? [])]));
}
