import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { ApplyReport } from './bench-apply.ts';
import type { Contender } from './contenders.ts';
import { median, type Measurement } from './measure.ts';
import type { ShapeResults } from './run-bench.ts';

/** The name under which the engine runs with everything that it does by default. */
export const OURS = 'seren-replicator';
/** The engine without what some of the peers leave out. */
export const WITHOUT_STATISTICS = 'without statistics';

export interface ShapeReport {
  shape: string;
  description: string;
  sourceBytes: number;
  contenders: ContenderReport[];
  /** The servers' processor time for the engine's copy, divided by the processors: no tool can be faster. */
  floorSeconds: number;
  /** The floor over the best peer's median: no tool that gives the servers this much to do has a lower ratio. */
  leastRatio: number | null;
}

interface Summary extends Pick<Contender, 'name' | 'isPeer' | 'leavesStatistics'> {
  rounds: number[];
  /** The median of the rounds, as all that follows but the last. */
  seconds: number;
  serverCpuSeconds: number;
  /** Null where the tool does not tell. */
  cpuSeconds: number | null;
  maxRssBytes: number | null;
}

interface ContenderReport extends Summary {
  /**
   * To the peer with the least median, as the median of all rounds; below 1 the engine is ahead. Null for all but the
   * engine as it is, and without peers.
   */
  ratio: number | null;
  /** The same to the best of the peers that leave as much behind: statistics too, where the engine does. */
  sameWorkRatio: number | null;
}

export function reportShape(
  shape: { name: string; description: string },
  sourceBytes: number,
  results: ShapeResults,
): ShapeReport {
  const measured = [...results].map(([contender, measurements]) => summarize(contender, measurements));
  const peers = measured.filter(({ isPeer }) => isPeer);
  const peersWithStatistics = peers.filter(({ leavesStatistics }) => leavesStatistics);
  const ours = measured.find(({ name }) => name === OURS);
  const floorSeconds = (ours?.serverCpuSeconds ?? Number.NaN) / cpus().length;
  const best = bestOf(peers);
  return {
    shape: shape.name,
    description: shape.description,
    sourceBytes,
    contenders: measured.map((contender) => {
      const { name, leavesStatistics } = contender;
      const bestAlike = leavesStatistics ? bestOf(peersWithStatistics) : best;
      return {
        ...contender,
        ratio: name === OURS ? ratioTo(best, contender) : null,
        sameWorkRatio: name === OURS || name === WITHOUT_STATISTICS ? ratioTo(bestAlike, contender) : null,
      };
    }),
    floorSeconds,
    leastRatio: best === null ? null : floorSeconds / best.seconds,
  };
}

function bestOf(peers: readonly Summary[]): Summary | null {
  return peers.reduce<Summary | null>(
    (best, peer) => (best === null || peer.seconds < best.seconds ? peer : best),
    null,
  );
}

/** Round by round, as the machine may be slower in some than in others. Null without peers. */
function ratioTo(best: Summary | null, { rounds }: Summary): number | null {
  if (best === null) return null;
  return median(rounds.map((seconds, round) => seconds / (best.rounds[round] ?? Number.NaN)));
}

function summarize(
  { name, isPeer, leavesStatistics }: Contender,
  measurements: readonly Measurement[],
): Summary {
  const engines = measurements.flatMap(({ engine }) => engine ?? []);
  const rounds = measurements.map(({ seconds }) => seconds);
  return {
    name,
    isPeer,
    leavesStatistics,
    rounds,
    seconds: median(rounds),
    serverCpuSeconds: median(measurements.map(({ serverCpuSeconds }) => serverCpuSeconds)),
    cpuSeconds: engines.length === 0 ? null : median(engines.map(({ cpuSeconds }) => cpuSeconds)),
    maxRssBytes: engines.length === 0 ? null : Math.max(...engines.map(({ maxRssBytes }) => maxRssBytes)),
  };
}

export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${gigabytes} GiB, Node.js ${process.versions.node}`;
}

const columns = [
  'shape',
  'MB',
  'tool',
  'seconds',
  'ratio to best peer',
  'least possible',
  'on the same work',
  'floor',
  '× floor',
  'own CPU s',
  'peak MB',
];

function rowsOf({ shape, sourceBytes, contenders, floorSeconds, leastRatio }: ShapeReport): string[][] {
  return contenders.map((contender, index) => {
    const isOurs = contender.name === OURS;
    return [
      index === 0 ? shape : '',
      index === 0 ? (sourceBytes / 1e6).toFixed(0) : '',
      contender.name,
      contender.seconds.toFixed(2),
      contender.ratio?.toFixed(2) ?? '',
      isOurs ? (leastRatio?.toFixed(2) ?? '') : '',
      contender.sameWorkRatio?.toFixed(2) ?? '',
      isOurs ? floorSeconds.toFixed(2) : '',
      isOurs ? (contender.seconds / floorSeconds).toFixed(2) : '',
      contender.cpuSeconds?.toFixed(2) ?? '',
      contender.maxRssBytes === null ? '' : (contender.maxRssBytes / 1e6).toFixed(0),
    ];
  });
}

/** A table of text. */
export interface TextTable {
  columns: readonly string[];
  rows: readonly string[][];
}

export function tableOfShapes(reports: readonly ShapeReport[]): TextTable {
  return { columns, rows: reports.flatMap(rowsOf) };
}

const applyColumns = ['changes', 'rows', 'method', 'seconds', 'rows/s', 'ratio to subscription'];

export function tableOfApplying(reports: readonly ApplyReport[]): TextTable {
  const rows = reports.flatMap((report) => {
    const native = report.methods.find(({ method }) => method === 'subscription');
    return report.methods.map(({ method, seconds }, index) => [
      index === 0 ? report.load : '',
      index === 0 ? String(report.rows) : '',
      method,
      seconds.toFixed(2),
      (report.rows / seconds).toFixed(0),
      native === undefined || method === 'subscription' ? '' : (seconds / native.seconds).toFixed(2),
    ]);
  });
  return { columns: applyColumns, rows };
}

export function toTerminal({ columns: head, rows }: TextTable): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}

export function toMarkdown({ columns: head, rows }: TextTable): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
