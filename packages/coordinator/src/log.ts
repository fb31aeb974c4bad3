/** Where API and reconciler log: pino, or Powertools in Lambda. Messages are constant, data are in fields. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A log whose lines all carry the fields. */
  child(fields: object): Log;
}
