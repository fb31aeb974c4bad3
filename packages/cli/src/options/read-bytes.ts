const multipliers: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
]);

/** Whole bytes of a size such as `50MB`, `1.5 GiB` or `65536`; undefined for any other text, and for nothing. */
export function readBytes(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?|\d{1,15}) *([a-z]*)$/i.exec(text.trim()) ?? [];
  const multiplier = multipliers.get(unit.toLowerCase());
  const bytes = amount === '' || multiplier === undefined ? 0 : Math.round(Number(amount) * multiplier);
  return bytes > 0 ? bytes : undefined;
}
