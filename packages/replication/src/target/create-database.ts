import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import type { DatabaseDefinition } from '../catalog/read-database-definition.ts';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';

/** duplicate_database, and unique_violation where two server processes create one at the same moment. */
const alreadyThere: ReadonlySet<string | null> = new Set(['42P04', '23505']);

/**
 * Creates a database like the source's, from template0, so that nothing a template holds mixes with what is copied.
 * One that has come into being meanwhile, through a run that died while the server was creating it, will do as well.
 *
 * @throws ReplicatorError when the target does not know the source's locale, with the way round it
 * @see https://www.postgresql.org/docs/current/sql-createdatabase.html
 */
export async function createDatabase(
  maintenance: Session,
  name: string,
  definition: DatabaseDefinition,
  targetVersionNum: number,
): Promise<void> {
  const options = [
    'TEMPLATE template0',
    `ENCODING ${pg.escapeLiteral(definition.encoding)}`,
    `LC_COLLATE ${pg.escapeLiteral(definition.collate)}`,
    `LC_CTYPE ${pg.escapeLiteral(definition.ctype)}`,
    ...providerOptions(name, definition, targetVersionNum),
  ];
  const creating = maintenance.execute(
    `create the database ${name} with the locale of the source (create it yourself with another one, empty, to go on)`,
    `CREATE DATABASE ${pg.escapeIdentifier(name)} ${options.join(' ')}`,
  );
  await creating.catch((error: unknown) => {
    if (!(error instanceof ReplicatorError) || !alreadyThere.has(sqlStateOf(error))) throw error;
  });
}

function providerOptions(name: string, definition: DatabaseDefinition, targetVersionNum: number): string[] {
  const { provider, locale, icuRules } = definition;
  // Named even for libc: a target's template may default to another provider.
  if (provider === 'libc') return targetVersionNum >= 150_000 ? ['LOCALE_PROVIDER libc'] : [];
  const since = provider === 'icu' ? 150_000 : 170_000;
  if (targetVersionNum < since) {
    throw new ReplicatorError(
      'not_supported',
      `The source database sorts by the ${provider} provider, which the target is too old for; create the database ${name} on the target yourself, empty, with a locale of your choice.`,
    );
  }
  const option = provider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE';
  return [
    `LOCALE_PROVIDER ${provider}`,
    ...(locale === null ? [] : [`${option} ${pg.escapeLiteral(locale)}`]),
    ...(icuRules === null || targetVersionNum < 160_000 ? [] : [`ICU_RULES ${pg.escapeLiteral(icuRules)}`]),
  ];
}
