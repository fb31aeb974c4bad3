import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult, VerifyResult } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { IS_SOAK } from './copied-again.ts';
import { run, runSql, type RunInput } from './database-pair.ts';
import { createObjects, prepareServer } from './schema-databases.ts';

const WORDED_DIFFERENTLY = join(import.meta.dirname, 'schema-objects', 'worded-differently.sql');

const WITHOUT_ROLES: [database: string, options: NonNullable<RunInput['options']>][] = [
  ['every kind', { no_owner: true }],
  ['worded differently', { no_owner: true, no_acl: true }],
];

describe.each([
  [14, 18],
  [15, 17],
  [17, 17],
  [18, 18],
] as const)('a copy from PostgreSQL %i to %i', (sourceMajor, targetMajor) => {
  let source: PostgresServer;
  let target: PostgresServer;

  beforeAll(async () => {
    const settings = { allow_in_place_tablespaces: true };
    [source, target] = await Promise.all([
      startPostgres({ major: sourceMajor, settings }),
      startPostgres({ major: targetMajor, settings }),
    ]);
    await Promise.all([prepareServer(source), prepareServer(target)]);
    await createObjects(source, 'every kind', sourceMajor);
    // The planner's statistics of a partitioned table include those of foreign partitions, which are out of reach.
    await runSql(source.url('every kind'), 'DROP FOREIGN TABLE app.scattered_far');
    await runSql(source.url(), 'CREATE DATABASE "worded differently"');
    await runSql(source.url('worded differently'), await readFile(WORDED_DIFFERENTLY, 'utf8'));
  });
  afterAll(async () => {
    await Promise.all([source.stop(), target.stop()]);
  });

  it.each([['every kind', {}], ['worded differently', {}], ...(IS_SOAK ? WITHOUT_ROLES : [])])(
    'of the database "%s" with %j equals its source, then and later',
    async (database, options) => {
      const urls = {
        source: source.url(database),
        target: target.url(`${database} ${JSON.stringify(options)}`),
      };
      const copied = await run({ ...urls, options });
      const { verification } = copied.result as InitResult;
      expect(verification?.schema).toEqual([]);
      expect(copied.failure).toBeNull();
      const compared = await run({ ...urls, command: 'verify', options });
      expect((compared.result as VerifyResult).verification.schema).toEqual([]);
      expect(compared.failure).toBeNull();
    },
  );

  it('is found to differ where a view, a NOT NULL and a grant do', async () => {
    const urls = { source: source.url('worded differently'), target: target.url('changed') };
    await run({ ...urls, options: { verify: false } });
    await runSql(
      urls.target,
      `CREATE OR REPLACE VIEW v3 AS SELECT x AS id, id AS x, 1::bigint AS row_number FROM parent;
       ALTER TABLE a_table_with_a_name_of_sixty_three_bytes_which_is_the_longest_x
         ALTER a_column_with_a_rather_long_name_too DROP NOT NULL;
       REVOKE TRUNCATE ON parent FROM reader; REVOKE UPDATE ON parent FROM postgres`,
    );
    const { result } = await run({ ...urls, command: 'verify' });
    expect((result as VerifyResult).verification.schema?.map(({ object }) => object).sort()).toEqual([
      'grants on table public.parent',
      'table public.a_table_with_a_name_of_sixty_three_bytes_which_is_the_longest_x',
      'view public.v3',
    ]);
  });
});
