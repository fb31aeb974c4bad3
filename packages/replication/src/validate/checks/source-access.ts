/** Whether the source role may read all that a copy reads. */
import pg from 'pg';
import type { UnreadableRelation } from '../../catalog/privilege-questions.ts';
import { labelOf, sqlNameOf } from '../../catalog/quote.ts';
import {
  fail,
  nameSample,
  pass,
  script,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const sourceAccessChecks: readonly CheckDefinition[] = [
  { name: 'source privileges', code: 'permission_denied', of: 'source', judge: checkPrivileges },
  { name: 'row security', code: 'row_security', of: 'source', judge: checkRowSecurity },
  { name: 'user mappings', code: 'permission_denied', of: 'source', judge: checkUserMappings },
];

/** The first release with the role that may read everything. */
const PG_READ_ALL_DATA_VERSION_NUM = 140_000;

function checkPrivileges({ facts: { source } }: CheckInput<'source'>): Verdict {
  const { unreadable, server } = source;
  if (unreadable.count === 0) return pass('every table and sequence can be read');
  const role = pg.escapeIdentifier(server.role);
  const grants = script(unreadable, (relation) => grantsFor(relation, role));
  const isMore = unreadable.count > unreadable.items.length;
  const all =
    isMore && server.versionNum >= PG_READ_ALL_DATA_VERSION_NUM
      ? `\n/* or, for everything there is */ GRANT pg_read_all_data TO ${role};`
      : '';
  const ofExcluded = unreadable.items.every(({ is_in_scope }) => is_in_scope)
    ? ''
    : '; excluded tables take the privilege too, as pg_dump locks them';
  return fail(
    `the source role ${server.role} may not read ${nameSample(unreadable, labelOf)}${ofExcluded}`,
    grants + all,
  );
}

function grantsFor(relation: UnreadableRelation, role: string): string[] {
  return [
    ...(relation.lacks_usage
      ? [`GRANT USAGE ON SCHEMA ${pg.escapeIdentifier(relation.schema)} TO ${role};`]
      : []),
    ...(relation.lacks_select
      ? [`GRANT SELECT ON ${relation.kind.toUpperCase()} ${sqlNameOf(relation)} TO ${role};`]
      : []),
  ];
}

function checkRowSecurity({ facts: { source } }: CheckInput<'source'>): Verdict {
  const { hiddenRows, server } = source;
  if (hiddenRows.count === 0) return pass('no row is hidden from the source role');
  return fail(
    `row security hides rows of ${nameSample(hiddenRows, labelOf)} from the source role ${server.role}`,
    `/* as a superuser */ ALTER ROLE ${pg.escapeIdentifier(server.role)} BYPASSRLS;`,
  );
}

/** pg_dump reads the view pg_user_mappings, which hides options from all but a few. */
function checkUserMappings({ facts: { source } }: CheckInput<'source'>): Verdict {
  const hidden = source.hiddenUserMappings;
  if (hidden.count === 0) return pass('no user mapping of a foreign server is hidden from the source role');
  const named = nameSample(hidden, ({ server, user }) => `${user} on ${server}`);
  return warn(
    `user mappings are created without their user and password, which the source role may not see: ${named}`,
    `/* on the target, after the copy */\n${script(hidden, ({ server, user }) => [
      `ALTER USER MAPPING FOR ${user === 'public' ? 'PUBLIC' : pg.escapeIdentifier(user)} SERVER ${pg.escapeIdentifier(server)} OPTIONS (ADD user '…', ADD password '…');`,
    ])}`,
  );
}
