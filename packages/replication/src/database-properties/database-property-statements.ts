import pg from 'pg';
import { aclStatements } from '../grants/acl.ts';
import type { Attempt } from '../restore/attempt-statements.ts';
import { descriptionStatements } from '../restore/description-statements.ts';
import { settingStatements } from '../roles/setting-statements.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import type { DatabaseProperties } from './read-database-properties.ts';

/**
 * What gives a database its properties.
 *
 * @param name of the database on the target
 * @param role the target's role, which owns what is given to nobody else
 */
export function databasePropertyStatements(
  { name, role }: { name: string; role: string },
  properties: DatabaseProperties,
  options: RestoreOptions,
): Attempt[] {
  const database = `DATABASE ${pg.escapeIdentifier(name)}`;
  return [
    ...(options.noOwner || properties.owner === role
      ? []
      : [
          {
            object: `owner of the database ${name}`,
            sql: `ALTER ${database} OWNER TO ${pg.escapeIdentifier(properties.owner)}`,
          },
        ]),
    ...(options.noAcl ? [] : grantAttempts(database, name, properties, options.noOwner ? role : null)),
    ...properties.settings.flatMap(({ role: whose, settings }) =>
      whose === null
        ? settingStatements(database, `the database ${name}`, settings)
        : settingStatements(
            `ROLE ${pg.escapeIdentifier(whose)} IN ${database}`,
            `role ${whose} in the database ${name}`,
            settings,
          ),
    ),
    ...(properties.connectionLimit === -1
      ? []
      : [
          {
            object: `connection limit of the database ${name}`,
            sql: `ALTER ${database} CONNECTION LIMIT ${properties.connectionLimit}`,
          },
        ]),
    ...descriptionStatements(database, `the database ${name}`, properties),
  ];
}

function grantAttempts(
  database: string,
  name: string,
  { owner, acl }: DatabaseProperties,
  newOwner: string | null,
): Attempt[] {
  if (acl === null) return [];
  return aclStatements({ object: database, owner, newOwner, items: acl, isOpenByDefault: true }).map(
    (sql) => ({ object: `privileges on the database ${name}`, sql }),
  );
}
