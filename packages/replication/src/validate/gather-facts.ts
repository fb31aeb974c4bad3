/**
 * Everything that the checks look at, read from both servers in a few round trips each: what does not depend on an
 * answer is asked without waiting for it. Changes nothing. What one side
 * refuses does not keep the other one from being looked at.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import type { TableRules } from '../scope/resolve-rules.ts';
import type { Server, Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { isSameDatabase } from '../target/is-same-database.ts';
import {
  askSourceContents,
  gatherSourceFacts,
  type SourceContents,
  type SourceFacts,
} from './gather-source-facts.ts';
import { gatherTargetFacts, type TargetFacts } from './gather-target-facts.ts';
import { readConnectionFacts, type ConnectionFacts } from './read-connection-facts.ts';

export type { SourceFacts, TargetFacts };

export interface Facts {
  source: SourceFacts;
  target: TargetFacts;
  isSameDatabase: boolean;
}

/** The facts of each side, or why there are none. */
export interface FactsOfEither {
  source: SourceFacts | ReplicatorError;
  target: TargetFacts | ReplicatorError;
  isSameDatabase: boolean;
}

/** The oldest server that the queries of the engine are made for. */
const OLDEST_VERSION_NUM = 120_000;

const LOCK_TIMEOUT = '30s';

/** A session to ask, and what is asked first. */
interface OpenSide {
  session: Session;
  server: ServerFacts;
  connection: ConnectionFacts;
  /** False for a maintenance database in place of a missing one. */
  isOnDatabase: boolean;
}

/** @throws ReplicatorError of the side that cannot be connected to or asked; `server_too_old` */
export async function gatherFacts(servers: Servers, rules: TableRules): Promise<Facts> {
  const { source, target, isSameDatabase } = await gatherFactsOfEither(servers, rules);
  return { source: orThrow(source), target: orThrow(target), isSameDatabase };
}

/** @param rules null when the source is known to be out of reach: then it is not asked */
export async function gatherFactsOfEither(
  { source, target }: Servers,
  rules: TableRules,
): Promise<FactsOfEither> {
  const [openSource, openTarget] = await Promise.all([attempt(openSide(source)), attempt(openSide(target))]);
  try {
    const contents = attempt(askContents(openSource, openTarget, rules));
    const asking = attempt(askSource(openSource, contents, rules));
    const [sourceFacts, targetFacts] = await Promise.all([
      asking,
      attempt(askTarget(openTarget, { contents, source: asking })),
    ]);
    return {
      source: sourceFacts,
      target: targetFacts,
      isSameDatabase: await areSame(openSource, openTarget),
    };
  } finally {
    await Promise.all([closeSide(source, openSource), closeSide(target, openTarget)]);
  }
}

type Maybe<Value> = Value | ReplicatorError;

async function attempt<Value>(work: Promise<Value>): Promise<Maybe<Value>> {
  return work.catch((error: unknown) => {
    if (error instanceof ReplicatorError && error.code !== 'cancelled') return error;
    throw error;
  });
}

async function askContents(
  source: Maybe<OpenSide>,
  target: Maybe<OpenSide>,
  rules: TableRules,
): Promise<SourceContents> {
  const targetVersionNum = orNull(target)?.server.versionNum ?? null;
  return askSourceContents({ ...orThrow(source), targetVersionNum, rules });
}

async function askSource(
  source: Maybe<OpenSide>,
  contents: Promise<Maybe<SourceContents>>,
  rules: TableRules,
): Promise<SourceFacts> {
  return gatherSourceFacts({ ...orThrow(source), contents: contents.then(orThrow), rules });
}

async function askTarget(
  target: Maybe<OpenSide>,
  asked: { contents: Promise<Maybe<SourceContents>>; source: Promise<Maybe<SourceFacts>> },
): Promise<TargetFacts> {
  return gatherTargetFacts({
    ...orThrow(target),
    contents: asked.contents.then(orNull),
    roleNeeds: asked.source.then((source) => orNull(source)?.roleNeeds ?? null),
  });
}

function orThrow<Value>(value: Maybe<Value>): Value {
  if (value instanceof ReplicatorError) throw value;
  return value;
}

function orNull<Value>(value: Maybe<Value>): Value | null {
  return value instanceof ReplicatorError ? null : value;
}

async function areSame(source: Maybe<OpenSide>, target: Maybe<OpenSide>): Promise<boolean> {
  if (source instanceof ReplicatorError || target instanceof ReplicatorError || !target.isOnDatabase) {
    return false;
  }
  return isSameDatabase(
    { session: source.session, facts: source.server },
    { session: target.session, facts: target.server },
  );
}

async function openSide(server: Server): Promise<OpenSide> {
  const { session, isOnDatabase } = await openSession(server);
  try {
    // Locks that are known of are avoided (USER_RELATIONS); one that comes this moment must not hold us for ever.
    const [, facts] = await Promise.all([
      session.execute('set a lock timeout', `SET lock_timeout = '${LOCK_TIMEOUT}'`),
      readServerFacts(session),
    ]);
    if (facts.versionNum < OLDEST_VERSION_NUM) {
      throw new ReplicatorError(
        'server_too_old',
        `The ${session.where} runs PostgreSQL ${facts.version}, and 12 is the oldest that is supported; upgrade it.`,
      );
    }
    const { url } = server;
    const connection = await readConnectionFacts(session, { url: url.toString(), sslmode: url.sslmode });
    return { session, server: facts, connection, isOnDatabase };
  } catch (error) {
    await server.close(session);
    throw error;
  }
}

async function closeSide(server: Server, side: Maybe<OpenSide>): Promise<void> {
  if (!(side instanceof ReplicatorError)) await server.close(side.session);
}

/** A session on the database or, while a target's does not exist, on one that every server has. */
async function openSession(server: Server): Promise<{ session: Session; isOnDatabase: boolean }> {
  try {
    return { session: await server.open({ isPipelined: true }), isOnDatabase: true };
  } catch (error) {
    const isMissing = error instanceof ReplicatorError && error.code === 'database_missing';
    if (!isMissing || server.side === 'source') throw error;
    return { session: await server.openMaintenance({ isPipelined: true }), isOnDatabase: false };
  }
}
