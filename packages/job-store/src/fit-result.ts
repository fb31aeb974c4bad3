/**
 * An item in DynamoDB holds 400 KB, and a verification of 20,000 tables is ten times that. A result that is too
 * large loses entries of its lists, what is equal or passed first, and says how many beside the list (`omitted`).
 * Of lists that have a database an entry, with lists of its own, the inner ones lose entries first.
 *
 * The budget of an item, in bytes: specification 200,000 (the API's limit for a body), sealed URLs 24,000, progress
 * 40,000, error 16,000, result 100,000.
 */
import type { JobResult } from '@seren-replicator/job-models';

const MAX_RESULT_BYTES = 100_000;
/** `,"omitted":20000` beside the lists of an object that lose entries. */
const OMITTED_BYTES = 24;

/** Fields of results that have an entry for each database. */
const listsOfDatabases: ReadonlySet<string> = new Set(['databases', 'sync', 'reverse']);

interface Entry {
  list: readonly unknown[];
  index: number;
  bytes: number;
  /** What goes first has the lowest. */
  worth: 0 | 1 | 2;
}

export function fitResult(result: JobResult, maxBytes = MAX_RESULT_BYTES): JobResult {
  const excessBytes = bytesOf(result) - maxBytes;
  if (excessBytes <= 0) return result;
  const lists = listsIn(result);
  const entries = lists.flatMap(entriesOf);
  const holders = new Set(lists.map(({ holder }) => holder));
  const leftOut = chooseEntries(entries, excessBytes + holders.size * OMITTED_BYTES);
  return withoutEntries(result, leftOut) as JobResult;
}

function chooseEntries(entries: Entry[], excessBytes: number): Map<readonly unknown[], Set<number>> {
  const leftOut = new Map<readonly unknown[], Set<number>>();
  let remainingBytes = excessBytes;
  for (const entry of entries.toReversed().sort((a, b) => a.worth - b.worth)) {
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
    const kept = indexes === undefined ? value : value.filter((_, index) => !indexes.has(index));
    return kept.map((entry) => withoutEntries(entry, leftOut));
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, withoutEntries(field, leftOut)] as const);
  const omitted = Object.values(value)
    .map((field) => (Array.isArray(field) ? (leftOut.get(field)?.size ?? 0) : 0))
    .reduce((sum, count) => sum + count, 0);
  return { ...Object.fromEntries(fields), ...(omitted === 0 ? {} : { omitted }) };
}

interface List {
  holder: object;
  entries: readonly unknown[];
  isOfDatabases: boolean;
}

function listsIn(value: unknown): List[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
    if (!Array.isArray(field)) return listsIn(field);
    const isOfDatabases = listsOfDatabases.has(name);
    return [
      { holder: value, entries: field, isOfDatabases },
      ...(isOfDatabases ? field.flatMap(listsIn) : []),
    ];
  });
}

function entriesOf({ entries, isOfDatabases }: List): Entry[] {
  return entries.map((entry, index) => ({
    list: entries,
    index,
    // With the comma before it.
    bytes:
      (isOfDatabases ? bytesOf(withEmptyLists(entry)) + OMITTED_BYTES : bytesOf(entry)) + Math.sign(index),
    worth: isOfDatabases ? 2 : isWithoutFinding(entry) ? 0 : 1,
  }));
}

/** The inner lists have lost their entries by the time that an entry goes which holds them. */
function withEmptyLists(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const emptied = Object.entries(entry).map(
    ([name, field]) => [name, Array.isArray(field) ? [] : field] as const,
  );
  return Object.fromEntries(emptied);
}

function isWithoutFinding(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const isWell = ('equal' in entry && entry.equal === true) || ('status' in entry && entry.status === 'pass');
  // Of a status: the states of tables and the distances of sequences, beside what needs somebody to act.
  return isWell || ('table' in entry && 'state' in entry) || 'distance' in entry;
}

/** JSON is never shorter than what DynamoDB counts. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
