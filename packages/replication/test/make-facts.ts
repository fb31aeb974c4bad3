/** Facts of a small database and two servers that nothing is wrong with, for tests that judge others. */
import { jobSpecificationSchema, type Check, type JobOptions } from '@seren-replicator/job-models';
import type { Sample } from '../src/catalog/ask.ts';
import type { DatabaseDefinition } from '../src/catalog/read-database-definition.ts';
import type { ServerFacts } from '../src/catalog/read-server-facts.ts';
import type { Settings } from '../src/catalog/setting-questions.ts';
import type { SourceFacts, TargetFacts } from '../src/validate/gather-facts.ts';
import { listChecks } from '../src/validate/list-checks.ts';
import type { ConnectionFacts } from '../src/validate/read-connection-facts.ts';

export function sampleOf<Item>(...items: Item[]): Sample<Item> {
  return { count: items.length, items: items.slice(0, 5) };
}

const definition: DatabaseDefinition = {
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
  provider: 'libc',
  locale: null,
  icuRules: null,
};

const server: ServerFacts = {
  versionNum: 170_004,
  version: '17.4',
  encoding: 'UTF8',
  systemIdentifier: '1',
  databaseOid: 16_384,
  role: 'app',
  isSuperuser: false,
  canReplicate: true,
  canCreateSubscription: true,
  canCreateDatabase: true,
  bypassesRowSecurity: false,
  isStandby: false,
  databaseBytes: 8_000_000,
  connectionsLeft: 90,
};

const connection: ConnectionFacts = {
  url: 'postgresql://***@db:5432/shop',
  encryption: { protocol: 'TLSv1.3', isVerified: true },
  isRemote: true,
  sslmode: 'verify-full',
  roundTripMs: 1.234,
};

const settings: Settings = {
  default_transaction_read_only: 'off',
  max_connections: '100',
  max_locks_per_transaction: '64',
  max_prepared_transactions: '0',
  max_replication_slots: '10',
  max_slot_wal_keep_size: '-1',
  max_wal_senders: '10',
  max_wal_size: '1024',
  shared_preload_libraries: '',
  wal_level: 'logical',
};

const locales = {
  usedCollations: [],
  changedCollations: sampleOf<{ schema: string; name: string }>(),
  databaseCollation: { recorded: null, actual: null },
};

const source: SourceFacts = {
  ...locales,
  server,
  connection,
  settings,
  definition,
  unreadable: sampleOf(),
  hiddenRows: sampleOf(),
  hiddenUserMappings: sampleOf(),
  longTransactions: sampleOf(),
  preparedTransactions: sampleOf(),
  blockingLocks: sampleOf(),
  activityView: { is_whole: true },
  sizes: {
    table_bytes: 1_000_000,
    index_bytes: 500_000,
    large_object_bytes: 0,
    tables: 3,
    locked_tables: 3,
    largest: { schema: 'public', name: 'orders', bytes: 900_000 },
  },
  installedExtensions: [],
  configurationTables: sampleOf(),
  withoutIdentity: sampleOf(),
  withGeneratedIdentity: sampleOf(),
  notOwned: sampleOf(),
  publishing: { may_create: true },
  replicationUse: { slots: 0, senders: 0, ofDatabase: [] },
  unloggedTables: sampleOf(),
  unpopulatedViews: sampleOf(),
  foreignTables: sampleOf(),
  invalidIndexes: sampleOf(),
  unvalidatedConstraints: sampleOf(),
  subscriptions: sampleOf(),
  usedTablespaces: [],
  unknownFeatures: [],
  usedTypes: [],
  roles: { roles: [], memberships: [] },
  roleNeeds: { owners: [], defaultPrivileges: [], granted: [], grantors: [], named: [], ofDatabase: [] },
  superuserObjects: [],
  forcedTables: [],
  largeObjects: { objects: 0, unreadable: 0, firstUnreadable: [] },
};

const target: TargetFacts = {
  ...locales,
  server: { ...server, systemIdentifier: '2' },
  connection,
  settings,
  definition,
  hasDatabase: true,
  mayCreateInDatabase: true,
  mayCreateTemporaryTables: true,
  mayDropDatabase: true,
  userObjects: [],
  checkpoint: null,
  sync: null,
  eventTriggers: sampleOf(),
  otherSessions: sampleOf(),
  installedExtensions: [],
  offeredExtensions: [],
  missingCollations: [],
  icu: { is_there: true },
  missingTablespaces: [],
  missingTypes: [],
  unknownLocales: [],
  roles: {
    self: 'app',
    isSuperuser: false,
    createsRoles: false,
    names: ['app'],
    outOfReach: [],
    isHosted: false,
    publicSchema: { mayCreate: true, mayGrant: true, keptOut: [] },
  },
};

export interface FactChanges {
  source?: Partial<SourceFacts>;
  target?: Partial<TargetFacts>;
  isSameDatabase?: boolean;
  options?: Partial<JobOptions>;
}

const { filter, options } = jobSpecificationSchema.parse({
  schema_version: '1.0',
  command: 'init',
  source_url: 'postgresql://db/shop',
  target_url: 'postgresql://db/shop',
  options: { no_sync: true },
});

/** Facts with which every check passes. */
export const sound = { source, target, isSameDatabase: false };
export const context = { sourceDatabase: 'shop', targetDatabase: 'new shop', filter, options };

/** What is made of the facts, by the names of the checks. */
export function judge(changes: FactChanges = {}): Map<string, Check> {
  const checks = listChecks({
    ...context,
    facts: {
      source: { ...source, ...changes.source },
      target: { ...target, ...changes.target },
      isSameDatabase: changes.isSameDatabase ?? false,
    },
    options: { ...options, ...changes.options },
  });
  return new Map(checks.map((check) => [check.name, check]));
}
