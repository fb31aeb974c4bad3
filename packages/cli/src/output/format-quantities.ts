import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';

const numberFormat = new Intl.NumberFormat('en-US');

export function formatCount(count: number): string {
  return numberFormat.format(count);
}

/** `1 table`, `2 tables`. */
export function formatCountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatBytes(bytes: number): string {
  return prettyBytes(Math.max(0, bytes));
}

/** Whole seconds from ten seconds on: nobody plans by tenths. */
export function formatSeconds(seconds: number): string {
  return prettyMilliseconds((seconds < 10 ? seconds : Math.round(seconds)) * 1000, {
    secondsDecimalDigits: 1,
  });
}
