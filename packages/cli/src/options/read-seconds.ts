const secondsPerUnit: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 1e-3],
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
]);

/** Seconds of a duration such as `10s`, `500ms`, `2m` or `10`; undefined for any other text, and for nothing. */
export function readSeconds(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?) *([a-z]*)$/i.exec(text.trim()) ?? [];
  const multiplier = secondsPerUnit.get(unit.toLowerCase());
  const seconds = amount === '' || multiplier === undefined ? 0 : Number(amount) * multiplier;
  return seconds > 0 ? seconds : undefined;
}
