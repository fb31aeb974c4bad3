import type { RowDifference } from '@seren-replicator/job-models';

/** Of one table. Ten tables with evidence leave most of a job record's space to the rest of the result. */
const MAX_EVIDENCE_BYTES = 4_000;
const MAX_COLUMNS = 8;

/** As many rows as fit, at least one; the first columns of each. */
export function fitEvidence(rows: readonly RowDifference[]): RowDifference[] {
  const fitting: RowDifference[] = [];
  let bytesLeft = MAX_EVIDENCE_BYTES;
  for (const row of rows) {
    const short = { ...row, columns: row.columns.slice(0, MAX_COLUMNS) };
    while (short.columns.length > 1 && bytesOf(short) > bytesLeft) short.columns.pop();
    bytesLeft -= bytesOf(short);
    if (bytesLeft < 0 && fitting.length > 0) break;
    fitting.push(short);
  }
  return fitting;
}

function bytesOf(row: RowDifference): number {
  return Buffer.byteLength(JSON.stringify(row));
}
