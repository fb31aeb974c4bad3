/** Table by table: whether its changes can arrive, and what is missing where they cannot. */
import pg from 'pg';
import type { DatabaseStatus, SyncState } from '@seren-replicator/job-models';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { nameSome } from '../validate/check.ts';
import type { TablesNow } from './drift.ts';
import type { Attention } from './judgement.ts';

export interface TableFacts {
  record: SyncRecord;
  state: SyncState;
  tables: TablesNow;
  /** Whether there is a publication that could lack a table. */
  isPublished: boolean;
  /** What the subscription says of its tables, by label; null where there is none to say anything. */
  subscribed: ReadonlyMap<string, string> | null;
}

export interface TableStates {
  tables: DatabaseStatus['tables'];
  attention: Attention[];
}

export function judgeTables(facts: TableFacts): TableStates {
  const { record, tables, isPublished, subscribed } = facts;
  const labels = record.tables.map(labelOf);
  const unpublished = labels.filter((label) => tables.source.get(label)?.isPublished === false);
  const unsubscribed =
    subscribed === null
      ? []
      : labels.filter(
          (label) =>
            tables.source.get(label)?.isPublished === true &&
            tables.target.has(label) &&
            !subscribed.has(label),
        );
  const attention = [
    ...(isPublished ? judgeUnpublished(record, unpublished, tables) : []),
    ...judgeUnsubscribed(record, unsubscribed),
  ];
  return { tables: labels.map((table) => ({ table, state: stateOf(facts, table) })), attention };
}

function stateOf({ record, state, tables, subscribed }: TableFacts, label: string): string {
  const table = tables.source.get(label);
  if (table === undefined) return 'not on the source';
  if (!tables.target.has(label) && state !== 'copying') return 'not on the target';
  if (!table.isPublished) return 'not published';
  if (record.conflict?.table === label) return 'broken';
  if (subscribed === null) return state;
  const own = subscribed.get(label);
  if (own === undefined) return 'not subscribed';
  // That it follows is how it is set up, whether or not anything arrives.
  return own === 'following' ? state : own;
}

function judgeUnpublished(
  { name, method }: SyncRecord,
  labels: readonly string[],
  { source }: TablesNow,
): Attention[] {
  if (labels.length === 0) return [];
  const members = labels.flatMap((label) => {
    const table = source.get(label);
    return table === undefined ? [] : [`ONLY ${sqlNameOf(table)}`];
  });
  const add = `ALTER PUBLICATION ${pg.escapeIdentifier(name)} ADD TABLE ${members.join(', ')}; /* on the source */`;
  const refresh =
    method === 'subscription'
      ? ` ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} REFRESH PUBLICATION WITH (copy_data = false); /* on the target */`
      : '';
  return [
    {
      message: `the publication ${name} lacks tables, whose changes do not arrive: ${nameSome(labels.slice(0, 5), labels.length)}`,
      fix: `${add}${refresh} What was changed meanwhile, seren-replicator verify names`,
    },
  ];
}

function judgeUnsubscribed({ name }: SyncRecord, labels: readonly string[]): Attention[] {
  if (labels.length === 0) return [];
  return [
    {
      message: `the target's subscription ${name} passes over changes of tables that it does not know: ${nameSome(labels.slice(0, 5), labels.length)}`,
      fix: `ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} REFRESH PUBLICATION WITH (copy_data = false); /* on the target */ What was passed over, seren-replicator verify names`,
    },
  ];
}
