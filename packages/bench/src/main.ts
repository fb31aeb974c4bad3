/** Entry point of `scripts/bench`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPostgres, type PostgresMajor, type PostgresSettings } from '@seren-replicator/local-servers';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { enableTls } from './enable-tls.ts';
import { engine, findPeers, psqlPipe, versionOf, type Contender } from './contenders.ts';
import { applyLoads } from './apply-loads.ts';
import { benchApply, type ApplyReport } from './bench-apply.ts';
import {
  describeMachine,
  OURS,
  reportShape,
  tableOfApplying,
  tableOfShapes,
  toMarkdown,
  toTerminal,
  WITHOUT_STATISTICS,
  type ShapeReport,
  type TextTable,
} from './report.ts';
import { runBench, type Servers } from './run-bench.ts';
import { shapes, type Shape } from './shapes.ts';

const PERFORMANCE_DOC = join(import.meta.dirname, '../../../docs/performance.md');
const majors: readonly PostgresMajor[] = [18, 17, 16, 15, 14];

/** As a careful operator would set a server of some size; durable, as a real one is. */
const settings: PostgresSettings = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  fsync: true,
  full_page_writes: true,
  // A subscription that is enabled again would wait five seconds for its worker.
  wal_retrieve_retry_interval: '100ms',
};

const options = await yargs(hideBin(process.argv))
  .scriptName('bench')
  .usage('$0 [options]\n\nCopies every shape of database with every tool that is installed, in turn.')
  .option('shapes', {
    type: 'array',
    string: true,
    describe: 'Only these',
    choices: shapes.map(({ name }) => name),
  })
  .option('rounds', { type: 'number', default: 3, describe: 'How often each tool copies each shape' })
  .option('scale', { type: 'number', default: 1, describe: 'Size of the data, as a factor' })
  .option('series', {
    type: 'boolean',
    describe: 'The scale series 1×, 2×, 4×, 8× of one shape, without peers',
  })
  .option('switches', {
    type: 'boolean',
    describe: 'The engine with each of its speed-ups switched off in turn',
  })
  .option('apply', {
    type: 'boolean',
    describe: 'How fast a target that follows catches up, by both methods',
  })
  .option('json', { type: 'string', describe: 'Write all figures to this file' })
  .option('write-docs', { type: 'boolean', describe: 'Put the table into docs/performance.md' })
  .strict()
  .parseAsync();

const say = (line: string) => process.stderr.write(`${line}\n`);
const everything = engine(OURS);
const oneLane = engine('one lane', { jobs: 1 });
const withoutStatistics = engine(WITHOUT_STATISTICS, { tuning: { statistics: false } });

/** Each speed-up on its own switch. */
const switchedOff: readonly Contender[] = [
  oneLane,
  engine('rows by pg-copy-streams', { tuning: { relay: 'streams' } }),
  engine('tables not split', { tuning: { minPartBytes: null } }),
  engine('rows as text', { tuning: { binaryRows: false } }),
  engine('constraints in one step', { tuning: { minDividedBytes: null } }),
  engine('indexes by one process', { tuning: { parallelIndexes: false } }),
  engine("indexes in the server's memory", { tuning: { cachedIndexes: false } }),
  engine('items one by one', { tuning: { maxBundledBytes: null } }),
  engine('every lane busy', { tuning: { sparesLanes: false } }),
  engine('processors not counted', { tuning: { countsProcessors: false } }),
  withoutStatistics,
  engine('with verification', { verify: true }),
];

async function contendersFor(shape: Shape): Promise<Contender[]> {
  if (options.switches) return [everything, ...switchedOff];
  if (options.series) return [everything];
  const peers = await findPeers();
  const floor = shape.bigTable === undefined || peers.length === 0 ? [] : [psqlPipe(shape.bigTable)];
  const single = shape.bigTable === undefined ? [] : [oneLane];
  return [everything, withoutStatistics, ...single, ...peers, ...floor];
}

async function benchAll(servers: Servers): Promise<ShapeReport[]> {
  const chosen = shapes.filter(({ name }) => options.shapes?.includes(name) ?? true);
  const scales = options.series ? [1, 2, 4, 8] : [1];
  const reports: ShapeReport[] = [];
  for (const shape of options.series ? chosen.slice(0, 1) : chosen) {
    const contenders = await contendersFor(shape);
    for (const factor of scales) {
      const scale = options.scale * factor;
      const { results, sourceBytes } = await runBench({
        servers,
        shape,
        scale,
        contenders,
        rounds: options.rounds,
        say,
      });
      const name = factor === 1 ? shape.name : `${shape.name} ×${factor}`;
      reports.push(reportShape({ ...shape, name }, sourceBytes, results));
    }
  }
  return reports;
}

async function benchApplying(servers: Servers): Promise<ApplyReport[]> {
  const { scale, rounds } = options;
  const reports: ApplyReport[] = [];
  for (const load of applyLoads) reports.push(await benchApply({ servers, load, scale, rounds, say }));
  return reports;
}

interface Described {
  table: TextTable;
  /** As they are, for JSON. */
  reports: unknown;
}

function describeShapes(reports: ShapeReport[]): Described {
  return { table: tableOfShapes(reports), reports };
}

function describeApplying(reports: ApplyReport[]): Described {
  return { table: tableOfApplying(reports), reports };
}

/** The servers are of the newest version that the installed pg_dump can read: an older one would refuse. */
const nativeMajor = Number((await versionOf('pg_dump'))?.split('.')[0] ?? majors[0]);
const major = majors.find((candidate) => candidate <= nativeMajor) ?? 18;
const tables = await withPostgres({ major, settings }, (source) =>
  withPostgres({ major, settings }, async (target) => {
    await Promise.all([source, target].map(enableTls));
    const servers = { source, target };
    if (options.apply !== true) return describeShapes(await benchAll(servers));
    return describeApplying(await benchApplying(servers));
  }),
);
const versions = `PostgreSQL ${major}, pg_dump ${(await versionOf('pg_dump')) ?? 'none'}, pgcopydb ${(await versionOf('pgcopydb')) ?? 'none'}`;
process.stdout.write(`${describeMachine()}; ${versions}\n${toTerminal(tables.table)}\n`);
if (options.json !== undefined) {
  await writeFile(
    options.json,
    `${JSON.stringify({ machine: describeMachine(), versions, reports: tables.reports }, null, 2)}\n`,
  );
}
if (options['write-docs'] === true) {
  const doc = await readFile(PERFORMANCE_DOC, 'utf8');
  const table = `${describeMachine()}; ${versions}; ${options.rounds} rounds, medians.\n\n${toMarkdown(tables.table)}`;
  const key = options.apply ? 'apply' : options.switches ? 'switches' : options.series ? 'series' : 'shapes';
  const place = new RegExp(`(<!-- ${key} -->\n)[^]*?(\n<!-- end -->)`);
  await writeFile(
    PERFORMANCE_DOC,
    doc.replace(place, (_all, start: string, end: string) => `${start}\n${table}\n${end}`),
  );
}
