/**
 * Notices a lane whose connections have gone silent without being closed, as they do behind a dead router. A deadline
 * on the whole would end slow work; instead both servers are asked, over connections of their own, what the lane's
 * sessions are doing. As long as one of them is working, or bytes move, all is well. When both have been waiting for
 * us since the last look, what they have sent, or we, is lost.
 *
 * https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE (type Client)
 */
import type { EngineLog } from '../engine.ts';
import type { Server, Servers } from '../session/server.ts';
import type { Lane } from './lane.ts';

export interface WatchLaneInput {
  lane: Lane;
  servers: Servers;
  intervalMs: number;
  log: EngineLog;
}

/** Looks after a lane for the time of `work`; a lane that has gone silent is cut, which fails the work. */
export async function watchLane<Result>(input: WatchLaneInput, work: () => Promise<Result>): Promise<Result> {
  const { lane, servers, intervalMs, log } = input;
  let bytesSeen = lane.movedBytes;
  let wasWaiting = false;
  let isLooking = false;
  const look = async () => {
    if (lane.movedBytes !== bytesSeen) {
      bytesSeen = lane.movedBytes;
      wasWaiting = false;
      return;
    }
    const isWorking = await isAnyoneWorking(lane, servers).catch(() => false);
    if (!isWorking && wasWaiting) {
      log.warn({ intervalMs }, 'nothing moves and nobody works; cutting the connections');
      lane.cut();
    }
    wasWaiting = !isWorking;
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, intervalMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function isAnyoneWorking(lane: Lane, { source, target }: Servers): Promise<boolean> {
  const working = await Promise.all([
    isWorking(source, lane.source.processId),
    isWorking(target, lane.target.processId),
  ]);
  return working.includes(true);
}

async function isWorking(server: Server, processId: number): Promise<boolean> {
  return server.withSession(async (session) => {
    const rows = await session.query(
      'tell what a session is doing',
      `SELECT 1 FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`,
      [processId],
    );
    return rows.length > 0;
  });
}
