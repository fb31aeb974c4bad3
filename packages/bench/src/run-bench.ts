/** Runs contenders in turn over fresh databases, several rounds interleaved, so that a drift of the machine hits all. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { PostgresServer } from '@seren-replicator/local-servers';
import type { Contender } from './contenders.ts';
import { execute, query } from './execute.ts';
import { measure, type Measurement } from './measure.ts';
import type { Shape } from './shapes.ts';

export interface Servers {
  source: PostgresServer;
  target: PostgresServer;
}

export interface BenchInput {
  servers: Servers;
  shape: Shape;
  scale: number;
  contenders: readonly Contender[];
  rounds: number;
  say: (text: string) => void;
}

export type ShapeResults = ReadonlyMap<Contender, readonly Measurement[]>;

export async function runBench(input: BenchInput): Promise<{ results: ShapeResults; sourceBytes: number }> {
  const { servers, shape, scale, contenders, rounds, say } = input;
  const database = `bench_${randomBytes(4).toString('hex')}`;
  say(`${shape.name}: building`);
  await execute(servers.source.url(), [`CREATE DATABASE ${database}`]);
  const source = servers.source.url(database);
  // Said to every tool, as their defaults differ.
  const sslmode = `?sslmode=${shape.isEncrypted === true ? 'require' : 'disable'}`;
  await execute(source, [...shape.statements(scale), 'VACUUM ANALYZE', 'CHECKPOINT']);
  const sourceBytes = await sizeOf(servers.source, database);
  const results = new Map<Contender, Measurement[]>(contenders.map((contender) => [contender, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of turned(contenders, round)) {
      const target = servers.target.url(database);
      await execute(servers.target.url(), [`CREATE DATABASE ${database} TEMPLATE template0`, 'CHECKPOINT']);
      // Or what the last one wrote goes to the disk meanwhile.
      await promisify(execFile)('sync');
      const measured = await measure(contender, { source: source + sslmode, target: target + sslmode }, [
        servers.source,
        servers.target,
      ]);
      results.get(contender)?.push(measured);
      say(`${shape.name}: round ${round} of ${rounds}, ${contender.name}: ${measured.seconds.toFixed(2)} s`);
      await execute(servers.target.url(), [`DROP DATABASE ${database}`]);
    }
  }
  await execute(servers.source.url(), [`DROP DATABASE ${database}`]);
  return { results, sourceBytes };
}

async function sizeOf(server: PostgresServer, database: string): Promise<number> {
  const [row] = await query(server.url(), 'SELECT pg_database_size($1)::text AS bytes', [database]);
  return Number(row?.['bytes']);
}

/**
 * Another order in every round, and every other one the other way round: what one leaves to be tidied up on the servers
 * and their disks slows the next one, which should not always be the same.
 */
function turned<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length;
  const ordered = [...items.slice(first), ...items.slice(0, first)];
  return round % 2 === 0 ? ordered.reverse() : ordered;
}
