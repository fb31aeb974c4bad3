import { describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);

describe('a copy that is gone on with', () => {
  it('takes rows again that a constraint lets be, because it was never validated', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE gaps (id int, v text, note text);
       INSERT INTO gaps VALUES (1, NULL, 'old'), (2, 'there', 'old');
       ALTER TABLE gaps ADD CONSTRAINT v_there NOT NULL v NOT VALID`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const cancelling = new AbortController();
    const interrupted = run({
      source,
      target,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase === 'verify') cancelling.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
    await runSql(source, "UPDATE gaps SET note = 'new' WHERE id = 2");
    const { failure, result } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).resumed).toEqual({ parts_kept: 0, parts_changed: 1 });
    for (const query of [
      'SELECT * FROM gaps ORDER BY id',
      "SELECT conname, convalidated FROM pg_constraint WHERE conname = 'v_there'",
    ]) {
      expect(await runSql(target, query)).toEqual(await runSql(source, query));
    }
  });
});
