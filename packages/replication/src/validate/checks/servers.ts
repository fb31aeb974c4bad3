/** What kind of servers they are. */
import { EMBEDDED_MAJOR } from '../../schema/choose-pg-dump.ts';
import { fail, major, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const serverChecks: readonly CheckDefinition[] = [
  {
    name: 'server versions',
    code: 'server_too_old',
    of: 'both',
    isAboutServer: true,
    judge: checkVersions,
  },
  { name: 'two databases', code: 'same_database', of: 'both', judge: checkTwoDatabases },
  {
    name: 'source recovery',
    code: 'not_supported',
    of: 'source',
    isAboutServer: true,
    judge: checkSourceRecovery,
  },
  {
    name: 'target recovery',
    code: 'not_supported',
    of: 'target',
    isAboutServer: true,
    judge: checkTargetRecovery,
  },
  { name: 'target read-only', code: 'not_supported', of: 'target', judge: checkReadOnly },
  { name: 'unknown features', code: 'not_supported', of: 'both', judge: checkUnknownFeatures },
];

function checkVersions({ facts }: CheckInput): Verdict {
  const [source, target] = [facts.source.server, facts.target.server];
  const summary = `PostgreSQL ${source.version} → ${target.version}`;
  if (major(source.versionNum) > EMBEDDED_MAJOR) {
    return fail(
      `${summary}: this release of seren-replicator knows the schemas of PostgreSQL up to ${EMBEDDED_MAJOR}`,
      'use a newer release of seren-replicator',
    );
  }
  if (major(target.versionNum) >= major(source.versionNum)) return pass(summary);
  return warn(
    `${summary}: the target is older, and definitions may use what only the newer version knows`,
    `use a target of PostgreSQL ${major(source.versionNum)} or newer`,
  );
}

function checkTwoDatabases({ facts }: CheckInput): Verdict {
  if (!facts.isSameDatabase) return pass('source and target are different databases');
  return fail('source and target are the same database', 'name another database or server in the target URL');
}

/**
 * A standby exports snapshots. What it replays meanwhile may need rows gone that the snapshot still sees.
 *
 * https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT
 */
function checkSourceRecovery({ facts: { source }, options }: CheckInput<'source'>): Verdict {
  if (!source.server.isStandby) return pass('the source is a primary');
  if (!options.no_sync) {
    return fail(
      'the source is a standby, and continuous sync needs the primary',
      'name the primary in the source URL, or add --no-sync for a plain copy of the standby',
    );
  }
  const { hot_standby_feedback: feedback, max_standby_streaming_delay: delay } = source.settings;
  if (feedback === 'on' || delay === '-1') {
    return pass('the source is a standby that does not cancel long queries');
  }
  return warn(
    'the source is a standby that may cancel the copy, when it replays the removal of rows that the copy still reads',
    'ALTER SYSTEM SET hot_standby_feedback = on;\nSELECT pg_catalog.pg_reload_conf();',
  );
}

function checkTargetRecovery({ facts: { target } }: CheckInput<'target'>): Verdict {
  if (!target.server.isStandby) return pass('the target takes writes');
  return fail('the target is a standby, which takes no writes', 'name the primary in the target URL');
}

/** Services that stop writes when a disk is full do it by this default. Sessions of ours lift it. */
function checkReadOnly({ facts: { target }, targetDatabase }: CheckInput<'target'>): Verdict {
  if (target.settings.default_transaction_read_only !== 'on') return pass('transactions may write');
  return warn(
    `transactions in ${targetDatabase} are read-only by default; some services set this when a disk is nearly full`,
    'see that there is space, then: ALTER SYSTEM RESET default_transaction_read_only; or ALTER DATABASE or ALTER ROLE … RESET it where it was set',
  );
}

function checkUnknownFeatures({ facts: { source, target } }: CheckInput): Verdict {
  const types = target.missingTypes.map(({ name }) => `type ${name}`);
  const features = source.unknownFeatures.map(
    ({ feature, count, example }) => `${feature} (${count}, as ${example})`,
  );
  if (types.length + features.length === 0) {
    return pass('nothing is in use that the target is known not to have');
  }
  return fail(
    `PostgreSQL ${major(target.server.versionNum)} of the target has no ${[...features, ...types].join('; no ')}`,
    `use a target of PostgreSQL ${major(source.server.versionNum)}, or alter or exclude what uses them`,
  );
}
