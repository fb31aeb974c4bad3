/**
 * An item in DynamoDB holds 400 KB, and a verification of 20,000 tables is ten times that. A result that is too
 * large loses entries of its lists, what is equal or passed first, and says how many beside the list (`omitted`).
 *
 * The budget of an item, in bytes: specification 200,000 (the API's limit for a body), sealed URLs 24,000, progress
 * 40,000, error 16,000, result 100,000.
 */
import type { JobResult } from '@seren-replicator/job-models';

const MAX_RESULT_BYTES = 100_000;
/** `,"omitted":20000` beside every list that loses entries. */
const OMITTED_BYTES = 24;

interface Entry {
  list: readonly unknown[];
  index: number;
  bytes: number;
  isExpendable: boolean;
}

export function fitResult(result: JobResult, maxBytes = MAX_RESULT_BYTES): JobResult {
  const excessBytes = bytesOf(result) - maxBytes;
  if (excessBytes <= 0) return result;
  const entries = listsIn(result).flatMap(entriesOf);
  const leftOut = chooseEntries(entries, excessBytes + listsIn(result).length * OMITTED_BYTES);
  return withoutEntries(result, leftOut) as JobResult;
}

function chooseEntries(entries: Entry[], excessBytes: number): Map<readonly unknown[], Set<number>> {
  const leftOut = new Map<readonly unknown[], Set<number>>();
  let remainingBytes = excessBytes;
  const isFirst = (entry: Entry): number => (entry.isExpendable ? 0 : 1);
  for (const entry of entries.toReversed().sort((a, b) => isFirst(a) - isFirst(b))) {
    if (remainingBytes <= 0) break;
    const indexes = leftOut.get(entry.list) ?? new Set();
    leftOut.set(entry.list, indexes.add(entry.index));
    remainingBytes -= entry.bytes;
  }
  return leftOut;
}

/** A copy without the chosen entries; `omitted` stands beside the lists that lost some. */
function withoutEntries(value: unknown, leftOut: Map<readonly unknown[], Set<number>>): unknown {
  if (Array.isArray(value)) {
    const indexes = leftOut.get(value);
    return indexes === undefined ? value : value.filter((_, index) => !indexes.has(index));
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, withoutEntries(field, leftOut)] as const);
  const omitted = Object.values(value)
    .map((field) => (Array.isArray(field) ? (leftOut.get(field)?.size ?? 0) : 0))
    .reduce((sum, count) => sum + count, 0);
  return { ...Object.fromEntries(fields), ...(omitted === 0 ? {} : { omitted }) };
}

function listsIn(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(listsIn);
}

function entriesOf(list: unknown[]): Entry[] {
  return list.map((entry, index) => ({
    list,
    index,
    bytes: bytesOf(entry) + 1,
    isExpendable: isWithoutFinding(entry),
  }));
}

function isWithoutFinding(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  return ('equal' in entry && entry.equal === true) || ('status' in entry && entry.status === 'pass');
}

/** JSON is never shorter than what DynamoDB counts. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
