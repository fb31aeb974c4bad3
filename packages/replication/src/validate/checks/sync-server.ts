/** What the servers and roles need beyond a copy, for continuous sync. */
import pg from 'pg';
import type { SettingName } from '../../catalog/setting-questions.ts';
import { fail, pass, warn, type CheckDefinition, type CheckInput, type Verdict } from '../check.ts';

export const syncServerChecks: readonly CheckDefinition[] = [
  ofSource('sync source version', checkSourceVersion),
  ofSource('sync wal level', checkWalLevel),
  ofSource('sync replication slots', checkSlots),
  ofSource('sync wal senders', checkSenders),
  ofSource('sync slot retention', checkRetention),
  ofSource('sync source role', checkSourceRole),
  {
    name: 'sync target role',
    code: 'permission_denied',
    of: 'target',
    isAboutServer: true,
    isForSync: true,
    judge: checkTargetRole,
  },
];

function ofSource(name: string, judge: (input: CheckInput<'source'>) => Verdict): CheckDefinition {
  return { name, code: 'not_supported', of: 'source', isAboutServer: true, isForSync: true, judge };
}

const RESTART = '/* then restart the server; a managed service has a setting of its own for this */';

/** From this version on a server tells what has become of a slot. */
const SLOT_STATUS_VERSION_NUM = 130_000;

function checkSourceVersion({ facts }: CheckInput<'source'>): Verdict {
  const { server } = facts.source;
  if (server.versionNum >= SLOT_STATUS_VERSION_NUM) return pass(`PostgreSQL ${server.version}`);
  return fail(
    `the source runs PostgreSQL ${server.version}, and from 13 on it can be told whether a slot still has every change`,
    'add --no-sync, or upgrade the source',
  );
}

function checkWalLevel({ facts }: CheckInput<'source'>): Verdict {
  const level = facts.source.settings.wal_level;
  if (level === 'logical') return pass('logical');
  return fail(
    `wal_level is ${level ?? 'unknown'}, and the change stream takes logical`,
    `ALTER SYSTEM SET wal_level = logical; ${RESTART}`,
  );
}

function checkSlots({ facts }: CheckInput<'source'>): Verdict {
  const { settings, replicationUse } = facts.source;
  return checkLeft('max_replication_slots', settings.max_replication_slots, replicationUse.slots);
}

function checkSenders({ facts }: CheckInput<'source'>): Verdict {
  const { settings, replicationUse } = facts.source;
  if (replicationUse.senders === null && settings.max_wal_senders !== '0') {
    return pass(
      `max_wal_senders is ${settings.max_wal_senders ?? 'unknown'}; how many are in use this role may not see`,
    );
  }
  return checkLeft('max_wal_senders', settings.max_wal_senders, replicationUse.senders ?? 0);
}

function checkLeft(name: SettingName, setting: string | undefined, used: number): Verdict {
  const limit = Number(setting ?? 0);
  const summary = `${used} of ${limit} in use (${name})`;
  if (limit > used) return pass(summary);
  return fail(summary, `ALTER SYSTEM SET ${name} = ${used + 4}; ${RESTART}`);
}

/** A slot that is behind keeps the log, until the disk is full or one of these limits gives the slot up. */
function checkRetention({ facts }: CheckInput<'source'>): Verdict {
  const { max_slot_wal_keep_size: size = '-1', idle_replication_slot_timeout: idle = '0' } =
    facts.source.settings;
  const limits = [
    ...(size === '-1' ? [] : [`max_slot_wal_keep_size is ${size} MB`]),
    ...(idle === '0' ? [] : [`idle_replication_slot_timeout is ${idle} s`]),
  ];
  if (limits.length === 0) return pass('the source keeps its log for as long as the target is behind');
  return warn(
    `the source gives a slot up that falls behind, and the copy would have to begin anew: ${limits.join(', ')}`,
    'ALTER SYSTEM SET max_slot_wal_keep_size = -1;\nSELECT pg_catalog.pg_reload_conf();',
  );
}

function checkSourceRole({ facts }: CheckInput<'source'>): Verdict {
  const { server } = facts.source;
  const role = pg.escapeIdentifier(server.role);
  if (server.canReplicate) return pass(`${server.role} may read the change stream`);
  return fail(
    `the source role ${server.role} may not read the change stream`,
    `/* as a superuser */ ALTER ROLE ${role} REPLICATION; /* on Amazon RDS: GRANT rds_replication TO ${role}; */`,
  );
}

const PG_CREATE_SUBSCRIPTION_VERSION_NUM = 160_000;

function checkTargetRole({ facts, options }: CheckInput<'target'>): Verdict | null {
  if (options.sync_method === 'stream') return null;
  const { server, roles } = facts.target;
  const role = pg.escapeIdentifier(server.role);
  if (server.canCreateSubscription) return pass(`${server.role} may create a subscription`);
  if (roles.isHosted) {
    return warn(
      `only a superuser may create a subscription, unless the service that hosts the target lets ${server.role}`,
      null,
    );
  }
  const mend = options.sync_method === 'subscription' ? fail : warn;
  return mend(
    `the target role ${server.role} may not create a subscription${options.sync_method === 'auto' ? ': changes are streamed by this tool, which has to go on running' : ''}`,
    server.versionNum >= PG_CREATE_SUBSCRIPTION_VERSION_NUM
      ? `GRANT pg_create_subscription TO ${role};`
      : `/* as a superuser */ ALTER ROLE ${role} SUPERUSER;`,
  );
}
