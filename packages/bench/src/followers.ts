/** Two ways in which a target follows its source, each of which can be begun, paused and gone on with. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  jobSpecificationSchema,
  type JobSpecificationInput,
  type SyncMethod,
} from '@seren-replicator/job-models';
import { runCommand } from '@seren-replicator/replication';
import { execute, query } from './execute.ts';

export interface DatabasePair {
  source: string;
  target: string;
}

export interface Follower {
  method: SyncMethod;
  /** Copies, and leaves the target paused. */
  begin: (pair: DatabasePair) => Promise<void>;
  /** Lets changes be applied, until what is given back is called. */
  follow: (pair: DatabasePair) => Promise<() => Promise<void>>;
}

export const followers: readonly Follower[] = [
  {
    method: 'stream',
    begin: async (pair) => {
      const pause = await run(pair, 'init', { sync_method: 'stream', verify: false });
      await pause();
    },
    follow: (pair) => run(pair, 'sync'),
  },
  {
    method: 'subscription',
    begin: async (pair) => {
      await runToEnd(pair, 'init', { sync_method: 'subscription', verify: false });
      await switchSubscription(pair, 'DISABLE');
      await untilNobodyReads(pair);
    },
    follow: async (pair) => {
      await switchSubscription(pair, 'ENABLE');
      return () => switchSubscription(pair, 'DISABLE');
    },
  },
];

/** Removes what follows from both sides. */
export async function endFollowing(pair: DatabasePair): Promise<void> {
  await runToEnd(pair, 'sync', { stop: true });
}

type Command = JobSpecificationInput['command'];
type Options = NonNullable<JobSpecificationInput['options']>;

async function runToEnd(pair: DatabasePair, command: Command, options: Options = {}): Promise<void> {
  await engine(pair, command, { options, signal: new AbortController().signal, onPhase: () => undefined });
}

/** Resolves when changes begin to be applied. */
async function run(
  pair: DatabasePair,
  command: Command,
  options: Options = {},
): Promise<() => Promise<void>> {
  const ending = new AbortController();
  let running: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    running = engine(pair, command, {
      options,
      signal: ending.signal,
      onPhase: (phase) => {
        if (phase === 'sync') resolve();
      },
    });
    running.catch(reject);
  });
  return async () => {
    ending.abort();
    await running.catch(() => undefined);
  };
}

interface EngineInput {
  options: Options;
  signal: AbortSignal;
  onPhase: (phase: string) => void;
}

async function engine({ source, target }: DatabasePair, command: Command, input: EngineInput): Promise<void> {
  const { options, signal, onPhase } = input;
  await runCommand(
    {
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
      onProgress: ({ phase }) => onPhase(phase),
      path: '',
      signal,
    },
    jobSpecificationSchema.parse({
      schema_version: '1.0',
      command,
      source_url: source,
      target_url: target,
      options,
    }),
  );
}

async function switchSubscription({ target }: DatabasePair, how: 'ENABLE' | 'DISABLE'): Promise<void> {
  const [subscription] = await query(
    target,
    `SELECT subname FROM pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await execute(target, [`ALTER SUBSCRIPTION ${String(subscription?.['subname'])} ${how}`]);
}

async function untilNobodyReads({ source }: DatabasePair): Promise<void> {
  const readers = 'SELECT FROM pg_replication_slots WHERE database = current_database() AND active';
  while ((await query(source, readers)).length > 0) await sleep(50);
}
