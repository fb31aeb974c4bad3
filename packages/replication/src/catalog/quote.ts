import pg from 'pg';

/** `"schema"."name"`, quoted by the driver. */
export function qualifiedName(schema: string, name: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

export function identifierList(names: readonly string[]): string {
  return names.map((name) => pg.escapeIdentifier(name)).join(', ');
}

/** What the catalogue calls an object of a schema. */
export interface ObjectName {
  schema: string;
  name: string;
}

/** `schema.name` for people; never for SQL. */
export function labelOf({ schema, name }: ObjectName): string {
  return `${schema}.${name}`;
}

/** `"schema"."name"` for SQL. */
export function sqlNameOf({ schema, name }: ObjectName): string {
  return qualifiedName(schema, name);
}
