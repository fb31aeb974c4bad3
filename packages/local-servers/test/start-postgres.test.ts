import { expect, test } from '@jest/globals';
import pg from 'pg';
import { withPostgres } from '../src/index.ts';

test('starts a server', async () => {
  await withPostgres({ major: 18 }, async (server) => {
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    try {
      const { rows } = await client.query<{ wal_level: string }>('show wal_level');
      expect(rows).toEqual([{ wal_level: 'logical' }]);
    } finally {
      await client.end();
    }
  });
});
