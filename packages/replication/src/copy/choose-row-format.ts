/** How rows travel: what their texts are encoded in, and which tables' rows go in COPY's binary form. */
import type { Table } from '../catalog/list-tables.ts';
import type { Tuning } from '../tuning.ts';

export interface RowFormat {
  /** A server encoding's name. */
  encoding: string;
  binaryTables: ReadonlySet<Table['betterInBinary']>;
}

export interface RowFormatInput {
  /** Of both databases. */
  encodings: readonly [string, string];
  /** To both servers. */
  roundTripsMs: readonly number[];
  /** Whether rows may travel only so fast. */
  isRateLimited: boolean;
  tuning: Pick<Tuning, 'binaryRows'>;
}

/** Between data centres of one region it is less, between regions and from offices it is more. */
const NEARBY_ROUND_TRIP_MS = 5;

/**
 * Between databases of one encoding nothing is converted: in SQL_ASCII, which says nothing about the bytes of a text,
 * there is nothing to convert from. Otherwise each server converts between its own encoding and UTF-8. In binary form it
 * always does, as COPY's option for the encoding is for text alone: then texts go as what a session speaks.
 *
 * How fast a connection carries bytes is known only when it has; how far it goes tells whether they are likely to be
 * what a copy waits for.
 *
 * https://www.postgresql.org/docs/current/multibyte.html
 */
export function chooseRowFormat(input: RowFormatInput): RowFormat {
  const { encodings, roundTripsMs, isRateLimited, tuning } = input;
  const [ofSource, ofTarget] = encodings;
  const encoding = ofSource === ofTarget ? ofSource : 'UTF8';
  const mayBeBinary = tuning.binaryRows && encoding === 'UTF8';
  const areBytesCheap = !isRateLimited && Math.max(...roundTripsMs) <= NEARBY_ROUND_TRIP_MS;
  return {
    encoding,
    binaryTables: new Set(mayBeBinary ? (areBytesCheap ? ['anywhere', 'nearby'] : ['anywhere']) : []),
  };
}
