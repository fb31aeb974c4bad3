/** The preconditions of a copy, in the order in which they are told. Adding one: in the file of its theme. */
import type { CheckDefinition, CheckInput, PreflightCheck, Verdict } from './check.ts';
import { capacityChecks } from './checks/capacity.ts';
import { collationVersionChecks } from './checks/collation-versions.ts';
import { connectionChecks } from './checks/connections.ts';
import { syncChecks } from './checks/continuous-sync.ts';
import { extensionChecks } from './checks/extensions.ts';
import { largeObjects } from './checks/large-objects.ts';
import { localeChecks } from './checks/locales.ts';
import { preloadedLibraries } from './checks/preloaded-libraries.ts';
import { owners, roles } from './checks/roles.ts';
import { serverChecks } from './checks/servers.ts';
import { sourceAccessChecks } from './checks/source-access.ts';
import { sourceActivityChecks } from './checks/source-activity.ts';
import { sourceContentChecks } from './checks/source-contents.ts';
import { superuserObjects } from './checks/superuser-objects.ts';
import { tablespaces } from './checks/tablespaces.ts';
import { targetDatabaseChecks } from './checks/target-database.ts';
import { targetRowSecurity } from './checks/target-row-security.ts';
import type { Facts } from './gather-facts.ts';

const definitions: readonly CheckDefinition[] = [
  ...connectionChecks,
  ...serverChecks,
  ...sourceAccessChecks,
  largeObjects,
  ...sourceActivityChecks,
  ...targetDatabaseChecks,
  roles,
  owners,
  superuserObjects,
  targetRowSecurity,
  ...extensionChecks,
  preloadedLibraries,
  tablespaces,
  ...localeChecks,
  ...collationVersionChecks,
  ...sourceContentChecks,
  ...capacityChecks,
  ...syncChecks,
];

/** Facts of one side, or of both. */
export type KnownFacts = Partial<Facts>;

export interface ListChecksInput extends Omit<CheckInput, 'facts'> {
  facts: KnownFacts;
  /** `server`: those that are the same for every database; `database`: the others. */
  about?: 'server' | 'database' | 'everything';
}

/** Judges facts alone: asks no server. What cannot be judged by the facts there are is left out. */
export function listChecks(input: ListChecksInput): PreflightCheck[] {
  const { about = 'everything', options } = input;
  return definitions
    .filter(({ isForSync = false }) => !(isForSync && options.no_sync))
    .filter(({ isAboutServer = false }) => about === 'everything' || isAboutServer === (about === 'server'))
    .flatMap((definition) => {
      const verdict = judge(definition, input);
      const { name, code, isAboutServer = false } = definition;
      return verdict === null ? [] : [{ name, code, isAboutServer, ...verdict }];
    });
}

function judge(definition: CheckDefinition, { facts, ...context }: ListChecksInput): Verdict | null {
  const { source, target, isSameDatabase } = facts;
  switch (definition.of) {
    case 'source':
      return source === undefined ? null : definition.judge({ ...context, facts: { source } });
    case 'target':
      return target === undefined ? null : definition.judge({ ...context, facts: { target } });
    case 'both':
      if (source === undefined || target === undefined || isSameDatabase === undefined) return null;
      return definition.judge({ ...context, facts: { source, target, isSameDatabase } });
  }
}
