import { describe, expect, it } from '@jest/globals';
import {
  ConnectionUrl,
  type InitResult,
  type JobProgress,
  type ValidateResult,
} from '@seren-replicator/job-models';
import { RateLimit } from '../src/copy/rate-limit.ts';
import { copyObjects } from '../src/large-objects/copy-objects.ts';
import { planObjectParts } from '../src/large-objects/plan-object-parts.ts';
import { withServers } from '../src/session/with-servers.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(14, 18);

/** Objects of every shape: empty, small, of several chunks, with a hole at the beginning and one in the middle. */
const SHAPES = `
  SELECT lo_create(100);
  SELECT lo_from_bytea(200, '\\x00');
  SELECT lo_from_bytea(300, convert_to(repeat('chunk ', 200000), 'UTF8'));
  SELECT lo_create(400), lo_put(400, 2000000, 'end');
  SELECT lo_from_bytea(500, 'begin'), lo_put(500, 1000000, 'end');
  SELECT lo_create(4294967295), lo_put(4294967295, 10, '\\x000000');`;

const CONTENTS = `
  SELECT oid, length(lo_get(oid)) AS bytes, md5(lo_get(oid)) AS hash FROM pg_largeobject_metadata ORDER BY oid`;

const PROPERTIES = `
  SELECT o.oid, pg_get_userbyid(lomowner) AS owner, lomacl IS NULL AS has_default_acl,
         (SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(lomacl) AS item) AS acl,
         obj_description(o.oid, 'pg_largeobject') AS comment
  FROM pg_largeobject_metadata AS o ORDER BY o.oid`;

async function verify(source: string, target: string) {
  const { result, failure } = await run({ command: 'verify', source, target });
  if (result.command !== 'verify') throw new Error('not a verification');
  return { failure, comparison: result.verification.large_objects?.[0] };
}

describe('init', () => {
  it('copies large objects of every shape, byte for byte, and keeps holes', async () => {
    const source = await createDatabase(servers.source, SHAPES);
    const target = unusedDatabaseUrl(servers.target);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(result as InitResult).toMatchObject({ large_objects: 6, skipped: [] });
    expect(await runSql(target, CONTENTS)).toEqual(await runSql(source, CONTENTS));
    const pages = 'SELECT count(*)::int AS pages FROM pg_largeobject WHERE loid IN (400, 500)';
    const [{ pages: written } = {}] = await runSql(target, pages);
    expect(written).toBeLessThan(400);
  });

  it('copies an object of several parts between small ones', async () => {
    const source = await createDatabase(
      servers.source,
      `SELECT lo_from_bytea(i, 'small') FROM generate_series(1000, 1010) AS i;
       SELECT lo_unlink(1005), lo_create(1005);
       SELECT lo_put(1005, i * 1000000, convert_to(repeat(md5(i::text), 31250), 'UTF8')) FROM generate_series(0, 69) AS i`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target, options: { jobs: 3 } });
    expect(failure).toBeNull();
    expect(await runSql(target, CONTENTS)).toEqual(await runSql(source, CONTENTS));
  });

  it('copies what lies beyond 2 GB', async () => {
    const source = await createDatabase(
      servers.source,
      "SELECT lo_create(7), lo_put(7, 2200000000, 'far out')",
    );
    const target = unusedDatabaseUrl(servers.target);
    await run({ source, target, options: { verify: false, jobs: 3 } });
    const read = 'SELECT lo_get(7, 2200000000, 100) AS end, lo_get(7, 2199999990, 10) AS before';
    expect(await runSql(target, read)).toEqual(await runSql(source, read));
  });

  it('gives large objects their owners, grants by whoever granted them, and comments', async () => {
    const source = await createDatabase(
      servers.source,
      `${ROLES}
       SELECT lo_from_bytea(i, 'x') FROM generate_series(1, 7) AS i;
       ALTER LARGE OBJECT 2 OWNER TO "lo Owner"; ALTER LARGE OBJECT 3 OWNER TO "lo Owner";
       GRANT SELECT ON LARGE OBJECT 3 TO lo_reader WITH GRANT OPTION;
       SET ROLE lo_reader; GRANT SELECT ON LARGE OBJECT 3 TO lo_other; RESET ROLE;
       GRANT ALL ON LARGE OBJECT 4 TO PUBLIC; REVOKE UPDATE ON LARGE OBJECT 5 FROM postgres;
       GRANT SELECT ON LARGE OBJECT 6 TO lo_reader; GRANT UPDATE ON LARGE OBJECT 6 TO lo_other;
       REVOKE ALL ON LARGE OBJECT 7 FROM postgres;
       COMMENT ON LARGE OBJECT 1 IS 'it''s; "one"'`,
    );
    await runSql(servers.target.url(), ROLES);
    const target = unusedDatabaseUrl(servers.target);
    const { result } = await run({ source, target });
    expect((result as InitResult).skipped).toEqual([]);
    expect(await runSql(target, PROPERTIES)).toEqual(await runSql(source, PROPERTIES));

    const plain = unusedDatabaseUrl(servers.target);
    await run({ source, target: plain, options: { no_owner: true, no_acl: true } });
    expect(await runSql(plain, PROPERTIES)).toEqual(
      (await runSql(source, PROPERTIES)).map((row) => ({
        ...row,
        owner: 'postgres',
        has_default_acl: true,
        acl: null,
      })),
    );
  });

  it('takes far fewer transactions than there are objects', async () => {
    const source = await createDatabase(
      servers.source,
      `${ROLES}
       SELECT lo_from_bytea(i, convert_to(i::text, 'UTF8')) FROM generate_series(1, 6000) AS i;
       DO $$ BEGIN FOR i IN 1 .. 6000 LOOP
         EXECUTE format('ALTER LARGE OBJECT %s OWNER TO "lo Owner"; GRANT SELECT ON LARGE OBJECT %1$s TO lo_reader', i);
       END LOOP; END $$`,
    );
    await runSql(servers.target.url(), ROLES);
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await runSql(target, PROPERTIES)).toEqual(await runSql(source, PROPERTIES));
    const [{ n } = {}] = await runSql(
      servers.target.url(),
      'SELECT xact_commit::int AS n FROM pg_stat_database WHERE datname = $1',
      [new URL(target).pathname.slice(1)],
    );
    expect(n).toBeLessThan(600);
  });

  it('reports progress that ends with all bytes of the large objects', async () => {
    const source = await createDatabase(
      servers.source,
      "SELECT lo_from_bytea(i, decode(repeat(md5(i::text), 1000), 'hex')) FROM generate_series(1, 50) AS i",
    );
    const reports: JobProgress[] = [];
    const { result } = await run({
      source,
      target: unusedDatabaseUrl(servers.target),
      options: { verify: false },
      onProgress: (progress) => reports.push(progress),
    });
    const last = reports.at(-1);
    expect(last).toMatchObject({ tables_completed: 0, tables_total: 0, active: [] });
    expect(last?.bytes_copied).toBeGreaterThan(50 * 16_000);
    expect(last?.bytes_copied).toBe(last?.bytes_total);
    expect((result as InitResult).bytes).toBe(last?.bytes_copied);
  });

  it('goes on from an interrupted copy: what has changed, gone or come since is as the source has it now', async () => {
    const source = await createDatabase(
      servers.source,
      "SELECT lo_from_bytea(i, decode(repeat(md5(i::text), 500), 'hex')) FROM generate_series(1, 3000) AS i",
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
    await runSql(
      source,
      `SELECT lo_unlink(10), lo_put(20, 5, 'changed'), lo_from_bytea(5000, 'new'), lo_unlink(30), lo_create(30)`,
    );
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await runSql(target, CONTENTS)).toEqual(await runSql(source, CONTENTS));
    // Two of six parts were copied again.
    expect((result as InitResult).bytes).toBeLessThan((3000 * 8000) / 2);
  });
});

describe('a part that is copied again', () => {
  it('leaves its range of oids as the source has it, whatever was there', async () => {
    const source = await createDatabase(servers.source, SHAPES);
    const target = await createDatabase(
      servers.target,
      `SELECT lo_from_bytea(100, 'not empty'), lo_from_bytea(300, convert_to(repeat('longer than at the source ', 200000), 'UTF8')),
              lo_from_bytea(400, 'in the hole'), lo_from_bytea(450, 'stray')`,
    );
    const { signal } = new AbortController();
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    const urls = { sourceUrl: ConnectionUrl.parse(source), targetUrl: ConnectionUrl.parse(target) };
    await withServers({ ...urls, log, signal }, async (pair) => {
      const [reader, writer] = [await pair.source.open(), await pair.target.open()];
      const [part, ...others] = await reader.transaction('BEGIN', () => planObjectParts(reader));
      if (part === undefined || others.length > 0) throw new Error('one part was expected');
      for (let time = 0; time < 2; time += 1) {
        const onBytes = () => undefined;
        const rate = new RateLimit(null);
        await copyObjects({ part, source: reader, target: writer, onBytes, rate, signal });
        expect(await runSql(target, CONTENTS)).toEqual(await runSql(source, CONTENTS));
      }
    });
  });
});

describe('verify', () => {
  const OBJECTS = `SELECT lo_from_bytea(i, convert_to(repeat(i::text, 100), 'UTF8')) FROM generate_series(10, 20) AS i`;

  it('finds equal objects equal, and nothing to compare where there are none', async () => {
    const [source, target] = [
      await createDatabase(servers.source, SHAPES),
      await createDatabase(servers.target, SHAPES),
    ];
    const { failure, comparison } = await verify(source, target);
    expect(failure).toBeNull();
    expect(comparison).toMatchObject({ equal: true, source_rows: 6, target_rows: 6 });
    const empty = await verify(await createDatabase(servers.source), await createDatabase(servers.target));
    expect(empty).toEqual({ failure: null, comparison: undefined });
  });

  it.each([
    ['a changed byte', "SELECT lo_put(13, 7, 'x')", [13]],
    ['a longer object', "SELECT lo_put(14, 200, '\\x00')", [14]],
    ['a missing object', 'SELECT lo_unlink(15)', [15]],
    ['an empty object in place of a full one', 'SELECT lo_unlink(15), lo_create(15)', [15]],
    ['objects that only the target has', 'SELECT lo_create(3), lo_create(100)', [3, 100]],
    [
      'contents of two objects swapped',
      "SELECT lo_put(11, 0, lo_get(12)), lo_put(12, 0, convert_to(repeat('11', 100), 'UTF8'))",
      [11, 12],
    ],
  ])('finds %s, and names the objects', async (_name, change, oids) => {
    const [source, target] = [
      await createDatabase(servers.source, OBJECTS),
      await createDatabase(servers.target, OBJECTS),
    ];
    await runSql(target, change);
    const { failure, comparison } = await verify(source, target);
    expect(failure).toMatchObject({
      code: 'contents_differ',
      message: expect.stringContaining('large objects'),
    });
    expect(comparison?.difference).toMatch(new RegExp(`first that differ: ${oids.join(', ')}$`));
  });

  it('finds two chunks of an object swapped', async () => {
    const halves = (first: string, second: string) =>
      `SELECT lo_create(1), lo_put(1, 0, convert_to(repeat('${first}', 262144), 'UTF8')),
              lo_put(1, 262144, convert_to(repeat('${second}', 262144), 'UTF8'))`;
    const source = await createDatabase(servers.source, halves('a', 'b'));
    const target = await createDatabase(servers.target, halves('b', 'a'));
    expect((await verify(source, target)).failure).toMatchObject({ code: 'contents_differ' });
  });
});

describe('validate', () => {
  it('names the large objects that the source role may not read', async () => {
    const source = await createDatabase(
      servers.source,
      `${ROLES} SELECT lo_create(i) FROM generate_series(1, 10) AS i;
       GRANT SELECT ON LARGE OBJECT 1 TO lo_login; GRANT SELECT ON LARGE OBJECT 2 TO PUBLIC;
       ALTER LARGE OBJECT 3 OWNER TO lo_login; REVOKE ALL ON LARGE OBJECT 4 FROM postgres`,
    );
    const { result } = await run({
      command: 'validate',
      source: source.replace(/\/\/[^@]*@/, '//lo_login:secret@'),
      target: unusedDatabaseUrl(servers.target),
    });
    const check = (result as ValidateResult).checks.find(({ name }) => name === 'large objects');
    expect(check).toMatchObject({
      status: 'fail',
      message: 'the source role may not read the large objects 4, 5, 6, 7, 8 and 2 more',
      fix: expect.stringContaining('GRANT SELECT ON LARGE OBJECT 4, 5, 6, 7, 8 TO'),
    });
    const asSuperuser = await run({ command: 'validate', source, target: unusedDatabaseUrl(servers.target) });
    expect((asSuperuser.result as ValidateResult).checks).toContainEqual(
      expect.objectContaining({ name: 'large objects', status: 'pass' }),
    );
  });
});

const ROLES = `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lo_reader') THEN
      CREATE ROLE "lo Owner"; CREATE ROLE lo_reader; CREATE ROLE lo_other; CREATE ROLE lo_login LOGIN PASSWORD 'secret';
    END IF;
  END $$;`;
