import pg from 'pg';
import { fail, nameSome, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const preloadedLibraries: CheckDefinition = {
  name: 'preloaded libraries',
  code: 'object_missing',
  of: 'both',
  judge: checkPreloaded,
};

/** Extensions whose library is loaded when the server starts, or CREATE EXTENSION refuses. */
const cannotDoWithout: ReadonlySet<string> = new Set([
  'citus',
  'pg_cron',
  'pg_net',
  'pg_partman_bgw',
  'pg_squeeze',
  'pg_tle',
  'pgaudit',
  'pglogical',
  'pgsodium',
  'timescaledb',
  'vectors',
]);
/** Extensions that are created without it, and then do nothing or fail when they are used. */
const uselessWithout: ReadonlySet<string> = new Set([
  'pg_qualstats',
  'pg_stat_kcache',
  'pg_stat_monitor',
  'pg_stat_statements',
  'pg_wait_sampling',
]);

function checkPreloaded({ facts: { source, target } }: CheckInput): Verdict {
  const needed = source.installedExtensions
    .map(({ name }) => name)
    .filter((name) => cannotDoWithout.has(name) || uselessWithout.has(name));
  if (needed.length === 0) return pass('no extension is known to need its library when the server starts');
  const setting = target.settings.shared_preload_libraries;
  if (setting === undefined) {
    return warn(
      `the target does not say which libraries it loads at its start; needed are those of ${nameSome(needed)}`,
      `/* as a superuser, on the target */ SHOW shared_preload_libraries;`,
    );
  }
  const loaded = new Set(setting.split(',').map((library) => library.trim().replaceAll('"', '')));
  const missing = needed.filter((name) => !loaded.has(name));
  if (missing.length === 0) return pass(`the target loads ${nameSome(needed)}`);
  const all = [...loaded, ...missing].filter((name) => name !== '').map((name) => pg.escapeLiteral(name));
  const fix = `ALTER SYSTEM SET shared_preload_libraries = ${all.join(', ')}; /* then restart the target; a managed service has a setting of its own for this */`;
  const essential = missing.filter((name) => cannotDoWithout.has(name));
  if (essential.length > 0) {
    return fail(`the target refuses ${nameSome(essential)} until its library is loaded at the start`, fix);
  }
  return warn(
    `on the target ${nameSome(missing)} does nothing until its library is loaded at the start`,
    fix,
  );
}
