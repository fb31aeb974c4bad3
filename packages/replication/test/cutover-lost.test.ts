/** A cutover that loses a server, its connection or its claim: what it had changed is taken back, or told. */
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  expectFlow,
  MANY,
  runCutover,
  standingOf,
  startFollowed,
  until,
  type Followed,
} from './cutover-world.ts';
import { run, runSql } from './database-pair.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, MANY);

const options = { lock_source: true, reverse: true };

describe('a cutover that loses a server', () => {
  it('lets writers in although the target is gone, and tidies up when it is back', async () => {
    const both = await startFollowed(servers);
    const before = await standingOf(both);
    let stopping: Promise<void> | undefined;
    const running = runCutover({
      ...both,
      options,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') stopping ??= servers.target.kill();
      },
    });
    await until(() => Promise.resolve(stopping !== undefined));
    await stopping;
    // Sessions that begin while the lock is being taken away may be ended with those that it had made read-only.
    const write = () => runSql(both.source, "INSERT INTO orders (note) VALUES ('while the target is away')");
    await until(() =>
      write().then(
        () => true,
        () => false,
      ),
    );
    await servers.target.restart();
    const { failure } = await running;
    expect(failure?.code).toMatch(/connection_lost|host_unreachable/);
    expect(failure?.message).toContain('Everything is as it was before');
    expect(await settled(both)).toEqual(settledOf(before));
    await expectFlow(both);
    // Nothing is noted any more: another run with a lock comes to its end.
    expect((await runCutover({ ...both, options: { lock_source: true } })).failure).toBeNull();
  });
});

describe('a cutover whose target falls silent', () => {
  it('is taken back when the target is heard again, and held by nobody then', async () => {
    const both = await startFollowed(servers);
    const before = await standingOf(both);
    const proxy = await startTcpProxy(Number(new URL(both.target).port));
    let isSilent = false;
    const { failure } = await runCutover({
      ...both,
      target: proxy.through(both.target),
      options,
      tuning: { silenceCheckMs: 300 },
      onProgress: ({ phase }) => {
        if (phase !== 'sequences' || isSilent) return;
        isSilent = true;
        proxy.stall();
        proxy.refuse(true);
        setTimeout(() => proxy.refuse(false), 2_500);
      },
    });
    expect(failure?.message).toContain('Everything is as it was before');
    expect(await standingOf(both)).toEqual(before);
    // Its own lost session, of which the server has heard nothing, holds the claim no more.
    expect((await run({ ...both, command: 'sync' })).failure).toBeNull();
    await proxy.stop();
  });
});

describe('a cutover whose claim another run has', () => {
  it('says that the source may be read-only still', async () => {
    const both = await startFollowed(servers);
    const other = new pg.Client({ connectionString: both.target });
    other.on('error', () => undefined);
    await other.connect();
    // As a run does that finds the session which held it gone.
    const claim = `SELECT pg_terminate_backend(l.pid), pg_advisory_lock(l.classid::int, l.objid::int)
      FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
      WHERE l.locktype = 'advisory' AND l.objid = 5`;
    let claiming: Promise<unknown> | undefined;
    const { result, failure } = await runCutover({
      ...both,
      options,
      onProgress: ({ phase }) => {
        if (phase === 'last writers') claiming ??= other.query(claim);
      },
    });
    await claiming;
    expect(failure).toMatchObject({ code: 'cutover_unfinished' });
    expect(failure?.message).toMatch(
      /another run.*may be read-only still.*ALTER DATABASE.*RESET default_transaction_read_only;$/,
    );
    expect(result.steps.map(({ status }) => status)).not.toContain('undone');
    await other.end();
    expect((await run({ ...both, command: 'sync' })).failure).toBeNull();
    await expectFlow(both);
  });
});

/** Without the source's sequences, from which somebody has drawn. */
async function settled(both: Followed): Promise<unknown> {
  return settledOf(await standingOf(both));
}

function settledOf(standing: unknown): unknown {
  return (standing as unknown[]).filter((_, index) => index % 3 !== 2);
}
