import { askAll, askSample } from './ask.ts';
import type { ObjectName } from './quote.ts';

export interface InstalledExtension {
  name: string;
  version: string;
  schema: string;
  is_relocatable: boolean;
}

/** Of either side. */
export const extensionQuestions = {
  installedExtensions: askAll<InstalledExtension>(`
    SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema, e.extrelocatable AS is_relocatable
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace ORDER BY 1`),
};

/** Of a source. */
export const configurationQuestions = {
  /** Tables of extensions that hold rows of users, see `listTables`. */
  configurationTables: askSample<ObjectName>(`
    SELECT schema, name FROM relations WHERE relkind = 'r' AND is_configuration AND is_in_scope ORDER BY 1, 2`),
};

/** What a server offers of an extension. */
export interface OfferedExtension {
  name: string;
  /** What CREATE EXTENSION installs when it is not told a version. */
  default_version: string;
  /** Whether the source's own version is there. */
  has_version: boolean;
  /** Whether a role with CREATE on the database may create it, in the version that a copy chooses. */
  is_free: boolean;
}

/** The table that `offerQuestions` read from: each of its rows is read from a file. */
export const EXTENSION_VERSIONS =
  'versions AS MATERIALIZED (SELECT * FROM pg_catalog.pg_available_extension_versions)';

/** Of a target. Values: $1 names, $2 versions, of the source's extensions. */
export function offerQuestions(versionNum: number) {
  const trusted = versionNum < 130_000 ? 'false' : 'v.trusted';
  return {
    offeredExtensions: askAll<OfferedExtension>(`
      SELECT a.name, a.default_version, same.name IS NOT NULL AS has_version,
             coalesce(${trusted} OR NOT v.superuser, false) AS is_free
      FROM unnest($1::text[], $2::text[]) AS w(name, version)
      JOIN pg_catalog.pg_available_extensions AS a ON a.name = w.name
      LEFT JOIN versions AS same ON same.name = w.name AND same.version = w.version
      LEFT JOIN versions AS v ON v.name = w.name AND v.version = coalesce(same.version, a.default_version)
      ORDER BY 1`),
  };
}
