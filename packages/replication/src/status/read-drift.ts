/** What the change stream does not carry: how the schema, and sequences, have gone on since the copy. */
import { ReplicatorError, type DatabaseStatus } from '@seren-replicator/job-models';
import { listNamedTables } from '../catalog/list-named-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { compareTables } from './compare-tables.ts';
import type { TablesNow } from './drift.ts';
import { findNewTables } from './find-new-tables.ts';
import type { Attention } from './judgement.ts';
import { measureSequences, type SequenceDistances } from './measure-sequences.ts';
import { readTablesNow } from './read-tables-now.ts';
import { rulesOfCopy } from './rules-of-copy.ts';

export interface DriftInput {
  source: Session;
  target: Session;
  sourceDatabase: string;
  record: SyncRecord;
}

export interface SchemaNow extends Pick<DatabaseStatus, 'drift' | 'sequences'> {
  tables: TablesNow;
  /** What this role could not see. */
  attention: Attention[];
}

export async function readDrift(input: DriftInput): Promise<SchemaNow> {
  const { source, target, sourceDatabase, record } = input;
  const named = await listNamedTables(source);
  const tables = {
    source: await readTablesNow(source, record.name),
    target: await readTablesNow(target, record.name),
  };
  const rules = rulesOfCopy(record.fingerprint, { database: sourceDatabase, tables: named });
  const attention: Attention[] = [];
  const { sequences, drift } = await readDistances(input, (owner) => isInScope(rules, owner), attention);
  return {
    tables,
    drift: [...compareTables(record, tables), ...findNewTables({ record, rules, tables }), ...drift],
    sequences,
    attention,
  };
}

/** A role may see that there is a sequence, and not where it is. */
async function readDistances(
  { source, target }: DriftInput,
  isOwnerInScope: (oid: number) => boolean,
  attention: Attention[],
): Promise<SequenceDistances> {
  try {
    const onSource = await readSequences(source);
    const inScope = onSource.filter(({ ownerOid }) => ownerOid === null || isOwnerInScope(ownerOid));
    return measureSequences(inScope, await readSequences(target));
  } catch (error) {
    if (!(error instanceof ReplicatorError) || isConnectionError(error) || error.code === 'cancelled') {
      throw error;
    }
    attention.push({
      message: `how far sequences are behind could not be told: ${error.message}`,
      fix: 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO the roles of both URLs, or use the roles that made the copy',
    });
    return { sequences: [], drift: [] };
  }
}
