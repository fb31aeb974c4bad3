/**
 * Shows located rows: the key, and the columns that differ with their values on both sides. Values are users' data and
 * end up in results and job records: of a long one only the beginning, the end and the length are shown.
 */
import { ReplicatorError, type ColumnDifference, type RowDifference } from '@seren-replicator/job-models';
import { qualifiedName } from '../catalog/quote.ts';
import type { Side } from '../session/pinned-settings.ts';
import type { LocatedRow, RowSearch } from './locate-differences.ts';
import { rowText, textHash, valueText } from './row-hash.ts';

const MAX_VALUE_CHARACTERS = 80;
const SHOWN_BEGINNING = 50;
const SHOWN_END = 25;

/** One row as a side has it; values are as they are shown. */
interface FetchedRow {
  place: string;
  key: (string | null)[];
  values: (string | null)[];
  hashes: (string | null)[];
}

/** Rows whose values a server cannot show are named by their keys alone. */
export async function describeRows(
  search: RowSearch,
  located: readonly LocatedRow[],
): Promise<RowDifference[]> {
  const { deps, source } = search;
  for (const columns of [source.columns, []]) {
    try {
      const fetched = {
        source: await fetchRows(search, 'source', located, columns),
        target: await fetchRows(search, 'target', located, columns),
      };
      return located.flatMap((row) => describeRow(search.key, row, columns, fetched));
    } catch (error) {
      if (!(error instanceof ReplicatorError) || error.code !== 'query_failed') throw error;
      deps.repeat.deps.log.warn({ reason: error.message }, 'rows that differ could not be shown');
      await deps.lanes[0].renew();
    }
  }
  return [];
}

/** By the place where they lie. */
async function fetchRows(
  search: RowSearch,
  side: Side,
  located: readonly LocatedRow[],
  columns: readonly string[],
): Promise<Map<string, FetchedRow>> {
  const { deps, key, haveSameEncoding, source } = search;
  const { schema, name, label } = search[side];
  const keyTexts = key === null ? [rowText(source.columns)] : key.map(valueText);
  const rows = await deps.lanes[0][side].query<FetchedRow & Record<string, unknown>>(
    `show rows of ${label} that differ`,
    `SELECT ctid::text AS place, ARRAY[${keyTexts.map(shown).join(', ')}]::text[] AS key,
            ARRAY[${columns.map((column) => shown(valueText(column))).join(', ')}]::text[] AS values,
            ARRAY[${columns.map((column) => textHash(valueText(column), haveSameEncoding)).join(', ')}]::text[] AS hashes
     FROM ONLY ${qualifiedName(schema, name)} WHERE ctid = ANY($1::tid[])`,
    [located.flatMap(({ places }) => places[side] ?? [])],
  );
  return new Map(rows.map((row) => [row.place, row]));
}

/** In ASCII, which every server encoding has. */
function shown(text: string): string {
  return `CASE WHEN pg_catalog.char_length(${text}) <= ${MAX_VALUE_CHARACTERS} THEN ${text}
    ELSE pg_catalog.left(${text}, ${SHOWN_BEGINNING}) || ' ... ' || pg_catalog.right(${text}, ${SHOWN_END})
         || ' (' || pg_catalog.char_length(${text})::text || ' characters)' END`;
}

function describeRow(
  key: RowSearch['key'],
  { kind, rows, places }: LocatedRow,
  columnNames: readonly string[],
  fetched: Readonly<Record<Side, ReadonlyMap<string, FetchedRow>>>,
): RowDifference[] {
  const onSource = fetched.source.get(places.source ?? '');
  const onTarget = fetched.target.get(places.target ?? '');
  const keyValues = (onSource ?? onTarget)?.key;
  if (keyValues === undefined) return [];
  const values = keyValues.map((value) => value ?? 'NULL');
  const columns =
    onSource === undefined || onTarget === undefined ? [] : compareColumns(columnNames, onSource, onTarget);
  return [
    {
      kind,
      key:
        key === null
          ? values.join('')
          : key.map((column, index) => `${column} = ${values[index] ?? ''}`).join(', '),
      rows,
      columns,
    },
  ];
}

function compareColumns(
  names: readonly string[],
  source: FetchedRow,
  target: FetchedRow,
): ColumnDifference[] {
  return names.flatMap((name, index) =>
    source.hashes[index] === target.hashes[index]
      ? []
      : { name, source: source.values[index] ?? null, target: target.values[index] ?? null },
  );
}
