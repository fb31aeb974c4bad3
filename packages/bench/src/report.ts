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
}

interface ContenderReport {
  name: string;
  seconds: number;
  /** Over the best peer's median; below 1 the engine is ahead. Null for all but the engine as it is, and without peers. */
  ratio: number | null;
  /** The same over the best of the peers that leave as much behind: statistics too, where the engine does. */
  sameWorkRatio: number | null;
  rounds: number[];
  serverCpuSeconds: number;
  cpuSeconds: number | null;
  maxRssBytes: number | null;
}

export function reportShape(
  shape: { name: string; description: string },
  sourceBytes: number,
  results: ShapeResults,
): ShapeReport {
  const medians = new Map(
    [...results].map(([contender, measurements]) => [
      contender,
      median(measurements.map(({ seconds }) => seconds)),
    ]),
  );
  const bestOf = (isMeant: (contender: Contender) => boolean): number =>
    Math.min(...[...medians].flatMap(([peer, seconds]) => (peer.isPeer && isMeant(peer) ? seconds : [])));
  const best = bestOf(() => true);
  const contenders = [...results].map(([contender, measurements]): ContenderReport => {
    const { name, leavesStatistics } = contender;
    const seconds = medians.get(contender) ?? Number.NaN;
    const bestAlike = leavesStatistics ? bestOf((peer) => peer.leavesStatistics) : best;
    return {
      ...reportContender(name, measurements),
      seconds,
      ratio: name === OURS ? overBest(seconds, best) : null,
      sameWorkRatio: name === OURS || name === WITHOUT_STATISTICS ? overBest(seconds, bestAlike) : null,
    };
  });
  const ours = contenders.find(({ name }) => name === OURS);
  return {
    shape: shape.name,
    description: shape.description,
    sourceBytes,
    contenders,
    floorSeconds: (ours?.serverCpuSeconds ?? Number.NaN) / cpus().length,
  };
}

/** Null without peers. */
function overBest(seconds: number, best: number): number | null {
  return Number.isFinite(best) ? seconds / best : null;
}

function reportContender(
  name: string,
  measurements: readonly Measurement[],
): Omit<ContenderReport, 'seconds' | 'ratio' | 'sameWorkRatio'> {
  const engines = measurements.flatMap(({ engine }) => engine ?? []);
  return {
    name,
    rounds: measurements.map(({ seconds }) => seconds),
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
  'on the same work',
  'floor',
  '× floor',
  'own CPU s',
  'peak MB',
];

function rowsOf({ shape, sourceBytes, contenders, floorSeconds }: ShapeReport): string[][] {
  return contenders.map((contender, index) => {
    const isOurs = contender.name === OURS;
    return [
      index === 0 ? shape : '',
      index === 0 ? (sourceBytes / 1e6).toFixed(0) : '',
      contender.name,
      contender.seconds.toFixed(2),
      contender.ratio?.toFixed(2) ?? '',
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
