/**
 * An entry taken apart into what can differ by itself: columns and constraints of a table, single statements, owner,
 * tablespace. Texts come from the same pg_dump on both sides; what servers of different releases write differently
 * although it means the same is made equal here.
 */
import type { ArchiveEntry } from '../schema/archive.ts';
import { dropInternalOptions } from '../schema/drop-internal-options.ts';
import { dropNewerParameters } from '../schema/drop-newer-parameters.ts';
import { hasColumnOptions, isPrivilege } from '../schema/entry-kinds.ts';
import { hasOwner } from '../schema/owner-statement.ts';
import { splitStatements } from '../schema/split-statements.ts';
import { sqlTokens } from '../schema/sql-tokens.ts';
import { grantsOf } from './grants.ts';
import { splitTableDefinition } from './split-table-definition.ts';
import { joinTokens } from './join-tokens.ts';

export interface PropertiesContext {
  /** Of the two servers. */
  majors: readonly [number, number];
  /** Owners are not compared. */
  noOwner: boolean;
  /** Of this entry on both sides. */
  owners: readonly string[];
}

/** By what it is called (`column "id"`, `definition`), what it is: tokens, joined by TOKEN_SEPARATOR. */
export type EntryProperties = ReadonlyMap<string, string>;

const tableKinds: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE']);
/** Their definitions are several statements, each about something of its own. Others may hold semicolons. */
const kindsOfStatements: ReadonlySet<string> = new Set([
  ...tableKinds,
  'INDEX',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'FK CONSTRAINT',
  'SEQUENCE',
]);

/** The release from which on NOT NULL has a name; what came from older ones has names that nobody chose. */
const firstMajorsWithNamedNotNull: ReadonlyMap<string, number> = new Map([
  ['TABLE', 18],
  ['FOREIGN TABLE', 18],
  ['DOMAIN', 17],
]);
/** The release from which on pg_dump writes the name of a range's multirange type. */
const FIRST_MAJOR_WITH_MULTIRANGES = 14;
/** The release from which on a server says of XMLSERIALIZE whether it indents. */
const FIRST_MAJOR_WITH_INDENT = 16;

export function propertiesOf(entry: ArchiveEntry, context: PropertiesContext): EntryProperties {
  const properties = new Map(definitionOf(entry, context));
  if (!context.noOwner && hasOwner(entry)) properties.set('owner', entry.owner);
  if (entry.tablespace) properties.set('tablespace', entry.tablespace);
  if (entry.tableAccessMethod) properties.set('access method', entry.tableAccessMethod);
  return properties;
}

function definitionOf(entry: ArchiveEntry, context: PropertiesContext): [string, string][] {
  const { kind } = entry;
  const { majors } = context;
  const definition = fittingDefinition(entry, majors);
  if (isPrivilege(entry)) return grantsOf(statementsOf(definition), context).map((grant) => [grant, '']);
  if (!kindsOfStatements.has(kind)) {
    return [['definition', joinTokens(normalizeTokens(tokenTexts(definition), kind, majors))]];
  }
  const [first = [], ...others] = statementsOf(definition).map((statement) =>
    normalizeTokens(statement, kind, majors),
  );
  const properties: [string, string][] = tableKinds.has(kind)
    ? splitTableDefinition(first)
    : [['definition', joinTokens(first)]];
  return [...properties, ...others.map((statement): [string, string] => [joinTokens(statement), ''])];
}

function fittingDefinition(entry: ArchiveEntry, majors: PropertiesContext['majors']): string {
  if (hasColumnOptions(entry)) return dropInternalOptions(entry.definition);
  if (entry.kind === 'SUBSCRIPTION') return dropNewerParameters(entry.definition, Math.min(...majors));
  return entry.definition;
}

function normalizeTokens(tokens: string[], kind: string, majors: PropertiesContext['majors']): string[] {
  const isBetween = (major: number): boolean => Math.min(...majors) < major && Math.max(...majors) >= major;
  if (kind === 'TYPE' && isBetween(FIRST_MAJOR_WITH_MULTIRANGES)) {
    const name = tokens.indexOf('multirange_type_name');
    // `, multirange_type_name = schema.name`
    if (name !== -1) return tokens.toSpliced(name - 1, 6);
  }
  const written = isBetween(FIRST_MAJOR_WITH_INDENT) ? dropNoIndent(tokens) : tokens;
  if (!isBetween(firstMajorsWithNamedNotNull.get(kind) ?? 0)) return written;
  return dropNamesOfNotNull(written);
}

/**
 * `XMLSERIALIZE(… AS type NO INDENT)`: names are in quotes, so that these two words are found nowhere else.
 *
 * PostgreSQL's src/backend/utils/adt/ruleutils.c, `get_rule_expr` (`IS_XMLSERIALIZE`).
 */
function dropNoIndent(tokens: string[]): string[] {
  const isNoIndent = (index: number): boolean =>
    tokens[index] === 'NO' && tokens[index + 1] === 'INDENT' && tokens[index + 2] === ')';
  return tokens.filter((_token, index) => !isNoIndent(index) && !isNoIndent(index - 1));
}

function dropNamesOfNotNull(tokens: string[]): string[] {
  return tokens.filter((_token, index) => {
    const constraint = tokens[index] === 'CONSTRAINT' ? index : index - 1;
    const isNamedNotNull =
      tokens[constraint] === 'CONSTRAINT' &&
      tokens[constraint + 2] === 'NOT' &&
      tokens[constraint + 3] === 'NULL';
    return !isNamedNotNull;
  });
}

function tokenTexts(sql: string): string[] {
  return sqlTokens(sql).map(({ start, end }) => sql.slice(start, end));
}

function statementsOf(sql: string): string[][] {
  return splitStatements(sql).map(({ tokens }) => tokens.map(({ start, end }) => sql.slice(start, end)));
}
