import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { ApplyReport } from './bench-apply.ts';
import { median, type Measurement } from './measure.ts';
import type { ShapeResults } from './run-bench.ts';

/** The name under which the engine runs with everything that it does by default. */
export const OURS = 'seren-replicator';

export interface ShapeReport {
  shape: string;
  description: string;
  sourceBytes: number;
  contenders: ContenderReport[];
  /** Median of the engine over the best peer's; null without peers. Below 1 the engine is ahead. */
  ratio: number | null;
  /** The servers' processor time for the engine's copy, divided by the processors: no tool can be faster. */
  floorSeconds: number;
}

interface ContenderReport {
  name: string;
  seconds: number;
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
  const contenders = [...results].map(([name, measurements]) => reportContender(name, measurements));
  const ours = contenders.find(({ name }) => name === OURS);
  const peers = contenders.filter(({ name }) => name.startsWith('pg'));
  const best = Math.min(...peers.map(({ seconds }) => seconds));
  return {
    shape: shape.name,
    description: shape.description,
    sourceBytes,
    contenders,
    ratio: ours === undefined || peers.length === 0 ? null : ours.seconds / best,
    floorSeconds: (ours?.serverCpuSeconds ?? Number.NaN) / cpus().length,
  };
}

function reportContender(name: string, measurements: readonly Measurement[]): ContenderReport {
  const engines = measurements.flatMap(({ engine }) => engine ?? []);
  return {
    name,
    seconds: median(measurements.map(({ seconds }) => seconds)),
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
  'floor',
  '× floor',
  'own CPU s',
  'peak MB',
];

function rowsOf({ shape, sourceBytes, contenders, ratio, floorSeconds }: ShapeReport): string[][] {
  return contenders.map((contender, index) => {
    const isOurs = contender.name === OURS;
    return [
      index === 0 ? shape : '',
      index === 0 ? (sourceBytes / 1e6).toFixed(0) : '',
      contender.name,
      contender.seconds.toFixed(2),
      isOurs && ratio !== null ? ratio.toFixed(2) : '',
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
