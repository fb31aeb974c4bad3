import type { Session } from '../session/session.ts';

export interface DatabaseDefinition {
  encoding: string;
  collate: string;
  ctype: string;
  provider: 'libc' | 'icu' | 'builtin';
  /** For icu and builtin. */
  locale: string | null;
  icuRules: string | null;
}

interface DefinitionRow {
  encoding: string;
  datcollate: string;
  datctype: string;
  provider: DatabaseDefinition['provider'];
  locale: string | null;
  icu_rules: string | null;
}

/** What CREATE DATABASE needs to make another one like the one connected to. */
export async function readDatabaseDefinition(
  session: Session,
  versionNum: number,
): Promise<DatabaseDefinition> {
  const row = await session.queryOne<DefinitionRow>(
    'describe the database',
    `SELECT pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, ${providerColumns(versionNum)}
     FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  return {
    encoding: row.encoding,
    collate: row.datcollate,
    ctype: row.datctype,
    provider: row.provider,
    locale: row.locale,
    icuRules: row.icu_rules,
  };
}

/** Providers came with 15 (icu), rules with 16, builtin and the common name `datlocale` with 17. */
function providerColumns(versionNum: number): string {
  if (versionNum < 150_000) return `'libc' AS provider, NULL AS locale, NULL AS icu_rules`;
  const provider = `CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider`;
  const locale = versionNum < 170_000 ? 'daticulocale AS locale' : 'datlocale AS locale';
  const rules = versionNum < 160_000 ? 'NULL AS icu_rules' : 'daticurules AS icu_rules';
  return `${provider}, ${locale}, ${rules}`;
}
