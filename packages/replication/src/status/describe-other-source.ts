import type { ServerFacts } from '../catalog/read-server-facts.ts';
import { describeDifferences, describeSource, type Fingerprint } from '../checkpoint/fingerprint.ts';

/** How a source differs from the one that was copied, in words; null when it does not, or the record does not say. */
export function describeOtherSource(
  fingerprint: Fingerprint,
  database: string,
  server: ServerFacts,
): string | null {
  const now = describeSource(server, database);
  const before = Object.fromEntries(
    Object.keys(now).flatMap((name) => {
      const value = fingerprint[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (Object.keys(before).length === 0) return null;
  const differences = describeDifferences(before, now);
  return differences.length === 0 ? null : differences.join('; ');
}
