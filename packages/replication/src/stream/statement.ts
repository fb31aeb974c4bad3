/** What a change becomes: SQL whose parameters are columns of the old or the new row. */

export interface Parameter {
  isOld: boolean;
  column: number;
}

/** How all changes of a kind to a table are written that have values in the same places. */
export interface Shape {
  /** Tells it from the table's other shapes. */
  key: string;
  parameters: readonly Parameter[];
  /** SQL for a number of rows: their parameters follow one another. */
  sqlFor: (rows: number) => string;
  /** How many rows one statement may change. */
  maxRows: number;
  /** Columns that tell the rows apart; of rows with the same, the last one says how the row is in the end. */
  rowKey: readonly Parameter[] | null;
}

/** A statement that the target knows by name. */
export interface Statement {
  name: string;
  sql: string;
}
