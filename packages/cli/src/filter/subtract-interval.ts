/** What is not said in years or months has one length in UTC. */
const millisecondsByUnit: ReadonlyMap<string, number> = new Map([
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]);
const monthsByUnit: ReadonlyMap<string, number> = new Map([
  ['year', 12],
  ['month', 1],
]);

const INTERVAL = /^(?:\d{1,6}\s+[a-z]+(?:\s+|$))+$/i;
const AMOUNT = /(\d{1,6})\s+([a-z]+)/gi;

/**
 * The moment that lies an interval such as `1 year 2 weeks` before another one, as PostgreSQL counts in UTC: months
 * first, ending on the last day of a month that is too short, then what has a fixed length.
 *
 * https://www.postgresql.org/docs/current/functions-datetime.html
 *
 * @returns null for a text that is no interval, one of no length, and one that leads out of our era
 */
export function subtractInterval(from: Date, interval: string): Date | null {
  if (!INTERVAL.test(interval)) return null;
  let months = 0;
  let milliseconds = 0;
  for (const [, amount = '', written = ''] of interval.matchAll(AMOUNT)) {
    const unit = written.toLowerCase().replace(/s$/, '');
    const monthsEach = monthsByUnit.get(unit) ?? 0;
    const millisecondsEach = millisecondsByUnit.get(unit) ?? 0;
    if (monthsEach === 0 && millisecondsEach === 0) return null;
    months += Number(amount) * monthsEach;
    milliseconds += Number(amount) * millisecondsEach;
  }
  const then = new Date(subtractMonths(from, months).getTime() - milliseconds);
  return then < from && then.getTime() >= FIRST_YEAR_MS ? then : null;
}

/** PostgreSQL writes years before this one in another way. */
const FIRST_YEAR_MS = Date.parse('0001-01-01T00:00:00Z');

function subtractMonths(from: Date, months: number): Date {
  const then = new Date(from);
  then.setUTCDate(1);
  then.setUTCMonth(then.getUTCMonth() - months);
  const lastDay = new Date(Date.UTC(then.getUTCFullYear(), then.getUTCMonth() + 1, 0)).getUTCDate();
  then.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return then;
}
