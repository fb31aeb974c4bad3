/** How following and cutting over is told. */
import { describe, expect, test } from '@jest/globals';
import type {
  CutoverResult,
  DatabaseStatus,
  Following,
  InitResult,
  StatusResult,
} from '@seren-replicator/job-models';
import pc from 'picocolors';
import { formatResult } from './format-result.ts';

const colors = pc.createColors(false);

const following: Following = {
  database: 'shop',
  method: 'subscription',
  reason: 'the target reaches the source',
  tables: 1_200,
  left_out: [{ object: 'table public.log', reason: 'it has no key\u001b' }],
};

describe('a copy that is followed', () => {
  const copied: InitResult = {
    command: 'init',
    databases: 1,
    tables: 1,
    rows: 1,
    bytes: 1,
    seconds: 1,
    phases: [],
    skipped: [],
    verification: null,
    sync: [following],
  };

  test('says how, what is left out, and what comes next', () => {
    expect(formatResult(colors, copied).split('\n').slice(2)).toEqual([
      'database  follows by    tables  because',
      'shop      subscription   1,200  the target reaches the source',
      '',
      'does not follow   why',
      'table public.log  it has no key\\x1b',
      '',
      'Next: "seren-replicator status" tells how far behind the target is, "seren-replicator cutover" ends it with nothing lost.',
    ]);
  });

  test('by a stream that was told to end is not followed any more', () => {
    const ended: InitResult = { ...copied, sync: [{ ...following, method: 'stream' }] };
    expect(formatResult(colors, ended)).not.toContain('Next');
  });
});

describe('a run of sync', () => {
  const database = { ...following, left_out: [], transactions: 0, rows: 0, repaired: [] as string[] };

  test('tells what it mended and applied', () => {
    const databases = [
      { ...database, transactions: 3, rows: 5_000, repaired: ['the subscription was\nmissing'] },
    ];
    const text = formatResult(colors, { command: 'sync', stopped: false, databases, seconds: 61 });
    expect(text.split('\n')).toEqual([
      'In order: continuous sync of shop; 3 transactions with 5,000 rows applied in 1m 1s',
      '',
      'Mended:',
      '  the subscription was\\nmissing',
      '',
      'database  follows by    tables  because',
      'shop      subscription   1,200  the target reaches the source',
    ]);
  });

  test('tells that it has ended it', () => {
    const text = formatResult(colors, {
      command: 'sync',
      stopped: true,
      databases: [database, database],
      seconds: 2,
    });
    expect(text).toBe('Ended continuous sync of 2 databases in 2s; what it made is removed from both sides');
  });
});

const status: DatabaseStatus = {
  database: 'shop',
  state: 'following',
  method: 'stream',
  lag_bytes: 12_000,
  lag_seconds: 0.25,
  rate_bytes_per_second: 1_000_000,
  slot: { name: 's', is_active: true, retained_bytes: 2e6, left_bytes: 8e6, wal_status: 'reserved' },
  tables: [],
  drift: [],
  sequences: [],
  conflicts: [],
  attention: [],
};
const show = (databases: DatabaseStatus[], more: Partial<StatusResult> = {}): string[] =>
  formatResult(colors, { command: 'status', databases, abandoned_slots: [], ...more }).split('\n');

describe('a status', () => {
  test('is a line where all is well', () => {
    expect(show([status])).toEqual([
      'database  state      by      behind    lag    rate  the source keeps',
      'shop      following  stream   250ms  12 kB  1 MB/s  2 MB of at most 10 MB',
    ]);
    expect(show([])).toEqual(['Nothing follows its source here']);
  });

  test('says what is not known, and what the source is about to lose', () => {
    const unknown = { ...status, lag_bytes: null, lag_seconds: null, rate_bytes_per_second: null };
    const slot = { name: 's', is_active: false, retained_bytes: 5, left_bytes: null, wal_status: 'extended' };
    const [, first, second] = show([
      { ...unknown, state: 'waiting', slot },
      { ...unknown, state: 'broken', slot: null },
    ]);
    expect(first).toMatch(/^shop +waiting +stream +- +- +- +5 B \(extended\)$/);
    expect(second).toMatch(/^shop +broken +stream +- +- +- +no slot$/);
  });

  test('ends with what somebody has to do, and counts what is as it should be', () => {
    const text = show(
      [
        {
          ...status,
          tables: [
            { table: 'public.a', state: 'following' },
            { table: 'public.b', state: 'following' },
            { table: 'public.c', state: 'not followed' },
          ],
          sequences: [
            { sequence: 'public.s', distance: '12' },
            { sequence: 'public.t', distance: '0' },
          ],
          conflicts: [
            { table: 'public.a', key: 'id = 7', message: 'the row exists', fix: 'DELETE FROM\npublic.a;' },
          ],
          attention: [{ message: 'nobody applies changes', fix: 'seren-replicator sync' }],
          drift: [{ object: 'table public.a', difference: 'column b was added', fix: 'ALTER TABLE …' }],
        },
      ],
      { abandoned_slots: [{ name: 'old', retained_bytes: 3e9, fix: "SELECT drop('old');" }], omitted: 2 },
    );
    expect(text.slice(2)).toEqual([
      '',
      '3 tables: 2 following, 1 not followed',
      '1 sequence behind, which cutover sets',
      '',
      'conflict   public.a, id = 7: the row exists',
      '      fix: DELETE FROM',
      '           public.a;',
      'act        nobody applies changes',
      '      fix: seren-replicator sync',
      'changed    table public.a: column b was added',
      '      fix: ALTER TABLE …',
      "abandoned  slot old keeps 3 GB of the source's log for nobody",
      "      fix: SELECT drop('old');",
      '',
      "2 more left out of the job's record",
    ]);
  });

  test('of hundreds of databases stays readable, and names each', () => {
    const attention = [{ message: 'm\u001b[2J', fix: 'f' }];
    const lines = show(
      Array.from({ length: 500 }, (_, index) => ({ ...status, database: `d${index}`, attention })),
    );
    expect(lines.length).toBeLessThan(170);
    expect(lines).toContain('act  d7: m\\x1b[2J');
    expect(lines.filter((line) => line === 'and 450 more')).toHaveLength(2);
  });
});

describe('a cutover', () => {
  const cutover: CutoverResult = {
    command: 'cutover',
    dry_run: false,
    steps: [
      { step: 'wait for the last change', status: 'done', seconds: 0.4, detail: '12 kB' },
      { step: 'set sequences', status: 'done', seconds: 0.1, detail: '3 sequences' },
    ],
    pause_seconds: 1.2,
    target: 'postgresql://***@new:5432/shop',
    reverse: null,
    verification: null,
  };

  test('ends with the pause and the new URL', () => {
    expect(formatResult(colors, cutover).split('\n')).toEqual([
      'step                             time',
      'wait for the last change  done  400ms  12 kB',
      'set sequences             done  100ms  3 sequences',
      '',
      'Cut over with a pause of 1.2s: connect to postgresql://***@new:5432/shop from now on',
    ]);
  });

  test('that failed names no new URL', () => {
    const steps = [
      { step: 'lock the source', status: 'undone' as const, seconds: 0.1, detail: '' },
      { step: 'wait for the last change', status: 'failed' as const, seconds: 60, detail: 'not in time' },
    ];
    const text = formatResult(colors, { ...cutover, steps });
    expect(text).toContain('lock the source           undone');
    expect(text).not.toContain('connect to');
  });

  test('that was only tried says so, and what to expect', () => {
    const steps = [{ step: 'set sequences', status: 'planned' as const, seconds: 1, detail: '3' }];
    const lines = formatResult(colors, { ...cutover, steps, dry_run: true }).split('\n');
    expect(lines[1]).toBe('set sequences  planned  about 1s  3');
    expect(lines.at(-1)).toBe('Nothing was changed. Writes would pause for about 1.2s');
  });

  test('tells how the old source follows', () => {
    const reverse = [{ ...following, database: 'old' }];
    expect(formatResult(colors, { ...cutover, reverse })).toContain('old       subscription   1,200');
  });
});
