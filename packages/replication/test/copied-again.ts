/** What a fault costs: bytes that go to the target once more. */
import type { TcpProxy } from './tcp-proxy.ts';

/** The long version of tests that have one: `./scripts/test --soak`. */
export const IS_SOAK = process.env['SEREN_SOAK'] === '1';

/** Counts what goes through a proxy while something runs. */
export async function countSent(proxy: TcpProxy, work: () => Promise<unknown>): Promise<number> {
  const before = proxy.sentBytes;
  await work();
  return proxy.sentBytes - before;
}

/** Reports, for the long version, how much was sent again, against what an undisturbed run sends. */
export function reportCopiedAgain(fault: string, again: readonly number[], undisturbed: number): void {
  if (!IS_SOAK) return;
  const sorted = [...again].sort((a, b) => a - b);
  const show = (bytes = 0) => `${(bytes / 1e6).toFixed(2)} MB`;
  process.stdout.write(
    `${fault}: ${again.length} times; copied again of ${show(undisturbed)}: ` +
      `median ${show(sorted[sorted.length >> 1])}, at most ${show(sorted.at(-1))}\n`,
  );
}
