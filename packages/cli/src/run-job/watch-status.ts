/**
 * The status again every few seconds. Once it could be told, no server that is away for a while ends that; only what
 * cannot pass does, as when nothing is followed any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EXIT_CODES,
  exitCodeFor,
  ReplicatorError,
  type JobSpecification,
} from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { reportOutcome, type JobOutcome } from './job-outcome.ts';
import { runEngine } from './run-engine.ts';

/** From the end of one look to the next: each one opens sessions, and waits for a round trip. */
const LOOK_EVERY_MS = 3_000;
const CLEAR_SCREEN = '\x1b[H\x1b[2J';

/** @throws ReplicatorError `interrupted` on Ctrl-C, which is how it ends */
export async function watchStatus(context: CommandContext, specification: JobSpecification): Promise<never> {
  const { signal } = context.deps;
  let wasTold = false;
  for (;;) {
    try {
      const outcome = await runEngine(context, specification, () => undefined);
      clearScreen(context);
      reportOutcome(context, outcome);
      wasTold = true;
    } catch (error) {
      if (signal.aborted) throw noLongerWatching(error);
      if (!wasTold || !(error instanceof ReplicatorError) || !isPassing(error)) throw error;
      reportOutcome(context, untold(error));
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch((error: unknown) => {
      throw noLongerWatching(error);
    });
  }
}

/** Nobody has to be shown what was. */
function clearScreen({ deps, output }: CommandContext): void {
  if (deps.stdout.isTTY === true && deps.env['TERM'] !== 'dumb' && !output.isJson) {
    deps.stdout.write(CLEAR_SCREEN);
  }
}

function isPassing({ code }: ReplicatorError): boolean {
  return exitCodeFor(code) === EXIT_CODES.failed;
}

function untold(failure: ReplicatorError): JobOutcome {
  return { jobId: null, result: null, failure };
}

function noLongerWatching(cause: unknown): ReplicatorError {
  return new ReplicatorError('interrupted', 'No longer watching.', { cause });
}
