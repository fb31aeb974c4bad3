/** The options that choose rows, as the predicates that a specification holds. */
import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { splitOutsideQuotes } from '../options/split-outside-quotes.ts';
import { subtractInterval } from './subtract-interval.ts';

type TableFilter = JobFilter['table_filters'][number];

/** @throws ReplicatorError `invalid_request` for a text without a table or a predicate */
export function readTableFilter(text: string): TableFilter {
  const [table = '', where = ''] = splitOutsideQuotes(text, ':', 2).map((part) => part.trim());
  if (table !== '' && where !== '') return { table, where };
  throw new ReplicatorError(
    'invalid_request',
    `--table-filter takes a table, a colon and an SQL predicate, as in 'public.orders:id > 1000', not '${text}'.`,
  );
}

/**
 * Rows that are not older than the interval, counted from `now`. The bound is a moment and not an expression: every
 * session of a run, and whoever compares the copy later, must mean the same rows. Of a column without a time zone the
 * engine's sessions take the values for UTC.
 *
 * @throws ReplicatorError `invalid_request` for a text that is no time filter
 */
export function readTimeFilter(text: string, now: Date): TableFilter {
  const parts = splitOutsideQuotes(text, ':').map((part) => part.trim());
  const [table = '', column = '', interval = ''] = parts;
  const name = readName(column);
  const since = subtractInterval(now, interval);
  if (parts.length !== 3 || table === '' || name === null || since === null) {
    throw new ReplicatorError(
      'invalid_request',
      `--time-filter takes a table, its column and an interval of years, months, weeks, days, hours and minutes with colons between them, as in 'public.visits:created_at:1 year 6 months', not '${text}'.`,
    );
  }
  const moment = since.toISOString().replace('T', ' ').replace('Z', '+00');
  return { table, where: `${quoteIdentifier(name)} >= TIMESTAMPTZ '${moment}'` };
}

/** As names are written in table filters: a quoted one as it is, any other with its case kept. */
function readName(text: string): string | null {
  if (/^"(?:[^"]|"")+"$/.test(text)) return text.slice(1, -1).replaceAll('""', '"');
  return text === '' || text.includes('"') ? null : text;
}

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
