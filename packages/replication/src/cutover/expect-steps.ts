/** What each step of a cutover would do, and the time that it would take. Reads only. */
import { countOf } from '../validate/check.ts';
import { planSequences } from './advance-sequences.ts';
import type { CutoverContext, CutoverStep, Expectation } from './cutover-context.ts';
import { drainSeconds, MOMENT_SECONDS, refreshSeconds, verifySeconds } from './expected-seconds.ts';
import { forAll } from './for-all.ts';
import { listViewsToRefresh } from './refresh-views.ts';
import { listFollowedTables } from './verify-database.ts';

export function expectMoment(detail: string): CutoverStep['expect'] {
  return ({ databases }) => Promise.resolve({ seconds: databases.length * MOMENT_SECONDS, detail });
}

export function expectCatchUp({ databases }: CutoverContext): Promise<Expectation> {
  const lags = databases.map(({ status }) => ({
    seconds: status?.lag_seconds ?? null,
    bytes: status?.lag_bytes ?? null,
  }));
  const bytes = lags.reduce((sum, lag) => sum + (lag.bytes ?? 0), 0);
  const seconds = Math.max(0, ...lags.map(drainSeconds));
  return Promise.resolve({ seconds, detail: `${bytes} bytes of the source's log are to come` });
}

export async function expectSequences({ databases }: CutoverContext): Promise<Expectation> {
  const plans = await forAll(databases, ({ scope }) => planSequences(scope));
  const count = plans.reduce((sum, { behind }) => sum + behind.length, 0);
  return { seconds: MOMENT_SECONDS, detail: `${countOf(count, 'sequence')} behind the source's by now` };
}

export async function expectViews({ databases }: CutoverContext): Promise<Expectation> {
  const views = (await forAll(databases, ({ scope }) => listViewsToRefresh(scope.servers))).flat();
  const seconds = refreshSeconds(views.reduce((sum, { bytes }) => sum + bytes, 0));
  return { seconds: views.length === 0 ? 0 : seconds, detail: `${countOf(views.length, 'view')} to refresh` };
}

export async function expectVerification({ databases, options }: CutoverContext): Promise<Expectation> {
  const tables = (
    await forAll(databases, (database) =>
      database.scope.servers.source.withSession((session) => listFollowedTables(session, database)),
    )
  ).flat();
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const { cutover_verification: method } = options;
  const what = method === 'counts' ? 'by the number of their rows' : 'by their contents';
  return {
    seconds: verifySeconds(bytes, method),
    detail: `${countOf(tables.length, 'table')} compared ${what}`,
  };
}
