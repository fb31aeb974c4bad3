/** Positions in a server's log: `16/B374D848` as text, a number of 64 bits in messages. */

export function parseLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** As PostgreSQL prints it. */
export function formatLsn(lsn: bigint): string {
  const half = (value: bigint) => value.toString(16).toUpperCase();
  return `${half(lsn >> 32n)}/${half(lsn & 0xffffffffn)}`;
}

/** For sort: below zero when `a` comes before `b`, zero when they are the same position. */
export function compareLsn(a: string, b: string): number {
  const difference = parseLsn(a) - parseLsn(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function laterLsn(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
