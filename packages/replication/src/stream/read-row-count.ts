const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

/** How many rows a statement was about, as its CommandComplete says at the end, before the closing zero: `UPDATE 12`. */
export function readRowCount(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  let factor = 1;
  for (let position = end - 2; position >= start; position -= 1) {
    const digit = bytes[position] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    count += (digit - ZERO) * factor;
    factor *= 10;
  }
  return count;
}
