import type { CutoverResult, Following } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import { describeFollowing } from '../sync/describe-following.ts';
import type { CutoverContext, CutoverDatabase, MeasuredStep } from './cutover-context.ts';

/** The result of a cutover that was run, to its end or not. */
export function describeCutover(
  context: CutoverContext,
  servers: Servers,
  steps: readonly MeasuredStep[],
): CutoverResult {
  const { databases, handedOver, options, pausedAt } = context;
  const reverse = [...handedOver, ...databases].flatMap(describeReverse);
  return {
    command: 'cutover',
    dry_run: options.dry_run,
    steps: [...steps],
    pause_seconds: pausedAt === null ? 0 : (performance.now() - pausedAt) / 1000,
    target: servers.target.url.toString(),
    reverse: reverse.length > 0 ? reverse : null,
    verification: context.verification,
  };
}

/** Seen from the way back, the old source is the target. */
function describeReverse({ scope, reverse }: CutoverDatabase): Following[] {
  if (reverse === null) return [];
  const { source, target } = scope.servers;
  return [describeFollowing({ servers: { source: target, target: source }, record: reverse })];
}
