/** What a check is, and the words to judge with. */
import type { Check, ErrorCode, JobFilter, JobOptions } from '@seren-replicator/job-models';
import { SAMPLE_SIZE, type Sample } from '../catalog/ask.ts';
import type { Facts } from './gather-facts.ts';

export interface PreflightCheck extends Check {
  /** What a run ends with when this check fails. */
  code: ErrorCode;
  isAboutServer: boolean;
}

/** The facts that a check judges: of one side, so that it can do so while the other one is out of reach, or all. */
export interface CheckInput<Known extends keyof Facts = keyof Facts> {
  facts: Pick<Facts, Known>;
  sourceDatabase: string;
  targetDatabase: string;
  filter: JobFilter;
  options: JobOptions;
}

export type Verdict = Pick<Check, 'status' | 'message' | 'fix'>;

interface Definition<Side extends string, Known extends keyof Facts> {
  /** Stable: scripts and docs/checks.md name checks by it. */
  name: string;
  code: ErrorCode;
  of: Side;
  /** Told once for a run about several databases. */
  isAboutServer?: boolean;
  /** Told only for a run that goes on with continuous sync. */
  isForSync?: boolean;
  /** Null when there is nothing to tell. */
  judge: (input: CheckInput<Known>) => Verdict | null;
}

/** One precondition: its name, what a run ends with where it does not hold, and how facts are judged. */
export type CheckDefinition =
  Definition<'source', 'source'> | Definition<'target', 'target'> | Definition<'both', keyof Facts>;

export function pass(message: string): Verdict {
  return { status: 'pass', message, fix: null };
}

export function warn(message: string, fix: string | null): Verdict {
  return { status: 'warn', message, fix };
}

export function fail(message: string, fix: string): Verdict {
  return { status: 'fail', message, fix };
}

/** The first few, and how many more: `a, b, c, d, e and 7 more`. */
export function nameSome(names: readonly string[], count = names.length): string {
  const first = firstFew(names);
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  return first.join(', ') + more;
}

export function nameSample<Item>({ items, count }: Sample<Item>, nameOf: (item: Item) => string): string {
  return nameSome(items.map(nameOf), count);
}

function firstFew<Item>(items: readonly Item[]): Item[] {
  return items.slice(0, SAMPLE_SIZE);
}

/** SQL to paste: a statement a line, each once, and how many objects go without one. */
export function script<Item>({ items, count }: Sample<Item>, toSql: (item: Item) => string[]): string {
  const statements = new Set(items.flatMap(toSql));
  const more = count > items.length ? [`/* and the same for ${count - items.length} more */`] : [];
  return [...statements, ...more].join('\n');
}

export function sampleOf<Item>(items: readonly Item[]): Sample<Item> {
  return { count: items.length, items: firstFew(items) };
}

/** `1 table`, `2 tables`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

export function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}
