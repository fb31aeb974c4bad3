/** Rows as parameters of a Bind message: in the bytes in which they came. */
import type { RowChange } from './decode-message.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { Parameter } from './statement.ts';
import { kindOf, NULL_VALUE, valueEnd, valueStart, type Tuple } from './tuple.ts';

export interface ChangedRow {
  old: Tuple | null;
  new: Tuple | null;
}

export function changedRow(change: RowChange): ChangedRow {
  return {
    old: change.kind === 'insert' ? null : (change.old?.tuple ?? null),
    new: change.kind === 'delete' ? null : change.new,
  };
}

function tupleOf(row: ChangedRow, { isOld }: Parameter): Tuple {
  const tuple = isOld ? row.old : row.new;
  if (tuple === null) throw new Error('a statement wants a row that the message does not have');
  return tuple;
}

export function parametersLength(parameters: readonly Parameter[], rows: readonly ChangedRow[]): number {
  let length = 0;
  for (const row of rows) {
    for (const parameter of parameters) {
      const tuple = tupleOf(row, parameter);
      const { column } = parameter;
      length +=
        kindOf(tuple, column) === NULL_VALUE ? 4 : valueEnd(tuple, column) - valueStart(tuple, column);
    }
  }
  return length;
}

export function writeParameters(
  output: OutputBuffer,
  parameters: readonly Parameter[],
  row: ChangedRow,
): void {
  for (const parameter of parameters) {
    const tuple = tupleOf(row, parameter);
    const { column } = parameter;
    if (kindOf(tuple, column) === NULL_VALUE) output.int32(-1);
    else output.bytes(tuple.bytes, valueStart(tuple, column), valueEnd(tuple, column));
  }
}
