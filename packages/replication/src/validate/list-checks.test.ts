import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { context, judge, sampleOf, sound, type FactChanges } from '../../test/make-facts.ts';
import { listChecks } from './list-checks.ts';

const { source, target } = sound;

function find(name: string, changes: FactChanges) {
  return judge(changes).get(name);
}

describe('the list of checks', () => {
  test('finds nothing where nothing is wrong', () => {
    const found = [...judge({ options: { no_sync: false } }).values()].filter(
      ({ status }) => status !== 'pass',
    );
    expect(found.map(({ name }) => name)).toEqual(['sync coverage']);
  });

  test('has a name of its own for every check', () => {
    expect(listChecks({ ...context, facts: sound })).toHaveLength(judge().size);
  });

  test('is the one that docs/checks.md has', async () => {
    const text = await readFile(join(import.meta.dirname, '../../../../docs/checks.md'), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const documented = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    const names = [...judge().keys(), ...judge({ options: { no_sync: false } }).keys()];
    expect(documented.sort()).toEqual([...new Set(names)].sort());
  });

  test('leaves the checks of one side when the other one is out of reach', () => {
    const names = (facts: Parameters<typeof listChecks>[0]['facts']) =>
      listChecks({ ...context, facts }).map(({ name }) => name);
    const [ofSource, ofTarget] = [names({ source }), names({ target })];
    expect(ofSource).toContain('row security');
    expect(ofTarget).toContain('target empty');
    expect(ofTarget.filter((name) => ofSource.includes(name))).toEqual([]);
    expect(names(sound)).toEqual(expect.arrayContaining([...ofSource, ...ofTarget, 'locale']));
  });

  test('is told apart by what is about servers and what about a database', () => {
    const names = (about: 'server' | 'database' | 'everything') =>
      listChecks({ ...context, facts: sound, about }).map(({ name }) => name);
    expect(names('server')).toContain('source connection');
    expect(names('database')).toContain('target empty');
    expect([...names('server'), ...names('database')].sort()).toEqual(names('everything').sort());
  });
});

describe('connections', () => {
  test('in plain text are warned of when they leave the machine', () => {
    const connection = { ...source.connection, encryption: null };
    expect(find('source encryption', { source: { connection } })?.status).toBe('warn');
    const local = { ...connection, isRemote: false };
    expect(find('source encryption', { source: { connection: local } })?.status).toBe('pass');
  });

  test('encrypted to whomever are not taken for safe', () => {
    const connection = {
      ...target.connection,
      sslmode: 'require',
      encryption: { protocol: 'TLSv1.3', isVerified: false },
    };
    expect(find('target encryption', { target: { connection } })).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('nobody vouches for (sslmode=require)'),
    });
  });
});

describe('long transactions', () => {
  const longTransactions = sampleOf({ pid: 42, user: 'bob', application: 'psql', seconds: 4000 });

  test('are named with their process and age', () => {
    expect(find('long transactions', { source: { longTransactions } })).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(
        '1 transaction open for more than 5 minutes: process 42 (bob, psql, 66 min)',
      ),
      fix: 'SELECT pg_catalog.pg_terminate_backend(42);',
    });
  });

  test('hold continuous sync up', () => {
    const changes = { source: { longTransactions }, options: { no_sync: false } };
    expect(find('long transactions', changes)?.message).toContain('continuous sync begins when');
  });

  test('of others may be out of sight', () => {
    const activityView = { is_whole: false };
    expect(find('long transactions', { source: { activityView } })?.message).toContain(
      'others it may not see',
    );
  });
});

test('a lock that is waited for stands in the way too', () => {
  const lock = { schema: 'public', name: 't', pid: 7, user: null, application: null, is_held: false };
  expect(find('blocking locks', { source: { blockingLocks: sampleOf(lock) } })?.message).toContain(
    'public.t waited for by process 7',
  );
});

describe('capacity', () => {
  const sizes = { ...source.sizes, table_bytes: 400e9, index_bytes: 100e9 };

  test('names a log that is small for what is loaded, and a size that is not', () => {
    expect(find('target checkpoints', { source: { sizes } })).toMatchObject({
      status: 'warn',
      fix: "ALTER SYSTEM SET max_wal_size = '16384MB';\nSELECT pg_catalog.pg_reload_conf();",
    });
    const large = { ...target.settings, max_wal_size: '65536' };
    expect(find('target checkpoints', { source: { sizes }, target: { settings: large } })?.status).toBe(
      'pass',
    );
  });

  test('estimates a duration, and tells of one that no job may have', () => {
    expect(find('duration', { source: { sizes } })).toMatchObject({
      status: 'pass',
      message: 'about 2.8 hours, if network and disks move 50 MB/s',
    });
    expect(find('duration', { source: { sizes }, options: { job_timeout_seconds: 3600 } })).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining('job_timeout_seconds to 20000'),
    });
  });
});

describe('extensions', () => {
  const extension = (name: string) => ({ name, version: '1.0', schema: 'public', is_relocatable: true });
  const offer = (name: string) => ({ name, default_version: '1.0', has_version: true, is_free: false });
  const withExtension = (name: string, changes: Partial<typeof target> = {}): FactChanges => ({
    source: { installedExtensions: [extension(name)] },
    target: { offeredExtensions: [offer(name)], ...changes },
  });

  test('that cannot be created unless they are loaded are refused', () => {
    expect(find('preloaded libraries', withExtension('timescaledb'))).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining("ALTER SYSTEM SET shared_preload_libraries = 'timescaledb';"),
    });
    const settings = { ...target.settings, shared_preload_libraries: 'pg_cron, "timescaledb"' };
    expect(find('preloaded libraries', withExtension('timescaledb', { settings }))?.status).toBe('pass');
  });

  test('that take a superuser are left to a hosted service to judge', () => {
    expect(find('extension privileges', withExtension('postgis'))?.status).toBe('fail');
    const roles = { ...target.roles, isHosted: true };
    expect(find('extension privileges', withExtension('postgis', { roles }))?.status).toBe('warn');
  });

  test('that are in a database which will be dropped do not count', () => {
    const installedExtensions = [{ ...extension('hstore'), schema: 'elsewhere', version: '0.9' }];
    const changes = withExtension('hstore', { installedExtensions, userObjects: ['table public.t'] });
    expect(find('extension schemas', changes)?.status).toBe('fail');
    const dropped = { ...changes, options: { drop_existing: true } };
    expect(find('extension schemas', dropped)?.status).toBe('pass');
    expect(find('extension versions', dropped)?.status).toBe('pass');
  });
});

describe('a new database', () => {
  const german = { ...source.definition, collate: 'de_DE.UTF-8', ctype: 'de_DE.UTF-8' };

  test('cannot have a locale that its operating system does not know', () => {
    const changes = {
      source: { definition: german },
      target: { hasDatabase: false, unknownLocales: ['de_DE.UTF-8'] },
    };
    expect(find('locale', changes)).toMatchObject({
      status: 'fail',
      message: 'the operating system of the target does not know the locale de_DE.UTF-8',
      fix: expect.stringContaining('CREATE DATABASE "new shop" TEMPLATE template0'),
    });
  });

  test('cannot sort by ICU on a server without it', () => {
    const definition = { ...german, provider: 'icu' as const, locale: 'de' };
    const changes = { source: { definition }, target: { hasDatabase: false, icu: { is_there: false } } };
    expect(find('locale', changes)?.status).toBe('fail');
    expect(find('locale', { ...changes, target: { hasDatabase: false } })?.status).toBe('pass');
  });
});

test('features that a newer target has given up are told of like those that an older one never had', () => {
  const unknownFeatures = [{ feature: 'postfix operators', count: 2, example: '!(int,NONE)' }];
  expect(find('unknown features', { source: { unknownFeatures } })?.message).toBe(
    'PostgreSQL 17 of the target has no postfix operators (2, as !(int,NONE))',
  );
});

test('a source that is newer than all we know is refused', () => {
  const server = { ...source.server, versionNum: 190_001, version: '19.1' };
  expect(find('server versions', { source: { server } })).toMatchObject({
    status: 'fail',
    fix: 'use a newer release of seren-replicator',
  });
});

describe('names in a fix', () => {
  test('are quoted, the first few of them, with the number of the others', () => {
    const indexes = ['a', 'B"c', 'd', 'e', 'f'].map((name) => ({ schema: 'S.1', name }));
    const check = find('invalid indexes', { source: { invalidIndexes: { count: 9, items: indexes } } });
    expect(check?.message).toBe(
      'invalid indexes are left out: S.1.a, S.1.B"c, S.1.d, S.1.e, S.1.f and 4 more',
    );
    const lines = check?.fix?.split('\n') ?? [];
    expect(lines).toHaveLength(6);
    expect(lines[1]).toContain('REINDEX INDEX CONCURRENTLY "S.1"."B""c";');
    expect(lines[5]).toBe('/* and the same for 4 more */');
  });

  test('takes a source of version 13 or newer', () => {
    const server = { ...source.server, versionNum: 120_022, version: '12.22' };
    const changes = { source: { server }, options: { no_sync: false } };
    expect(find('sync source version', changes)).toMatchObject({
      status: 'fail',
      fix: 'add --no-sync, or upgrade the source',
    });
  });

  test('of a source role that replicates by grant of its service are told both ways', () => {
    const server = { ...source.server, canReplicate: false, role: 'The app' };
    const changes = { source: { server }, options: { no_sync: false } };
    expect(find('sync source role', changes)?.fix).toBe(
      '/* as a superuser */ ALTER ROLE "The app" REPLICATION; /* on Amazon RDS: GRANT rds_replication TO "The app"; */',
    );
  });
});
