import type { Session } from '../session/session.ts';
import { IS_OF_USERS, LEFT_JOIN_CONFIGURATION } from './extension-members.ts';
import { qualifiedName } from './quote.ts';

export interface Sequence {
  /** The table of the column that the sequence belongs to (serial, identity); null when it stands alone. */
  ownerOid: number | null;
  schema: string;
  name: string;
  /** `schema.name` for people; never for SQL. */
  label: string;
  /** As text: a bigint does not fit a number. */
  lastValue: string;
  /** False when the next value is `lastValue` itself. */
  isCalled: boolean;
}

/** One statement reads this many sequences: a union of thousands takes the planner too long. */
const SEQUENCES_PER_STATEMENT = 200;

/** Every sequence of users with its state, those that extensions let users draw from included. Sequences are not part of a snapshot: what is read is their state now. */
export async function readSequences(session: Session): Promise<Sequence[]> {
  const names = await session.query<{ owner_oid: string | null; schema: string; name: string }>(
    'list sequences',
    `SELECT o.refobjid::int8::text AS owner_oid, n.nspname AS schema, c.relname AS name
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_depend AS o
       ON o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid AND o.deptype IN ('a', 'i')
      AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjsubid > 0
     ${LEFT_JOIN_CONFIGURATION}
     WHERE c.relkind = 'S' AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND ${IS_OF_USERS}
     ORDER BY c.oid`,
  );
  const sequences: Sequence[] = [];
  for (let start = 0; start < names.length; start += SEQUENCES_PER_STATEMENT) {
    const batch = names.slice(start, start + SEQUENCES_PER_STATEMENT);
    const union = batch
      .map(
        ({ schema, name }, index) =>
          `SELECT ${index} AS i, last_value, is_called FROM ${qualifiedName(schema, name)}`,
      )
      .join(' UNION ALL ');
    const states = await session.query<{ last_value: string; is_called: boolean }>(
      'read sequences',
      `SELECT last_value::text, is_called FROM (${union}) AS s ORDER BY i`,
    );
    for (const [index, { owner_oid, schema, name }] of batch.entries()) {
      const state = states[index];
      if (state === undefined) continue;
      sequences.push({
        ownerOid: owner_oid === null ? null : Number(owner_oid),
        schema,
        name,
        label: `${schema}.${name}`,
        lastValue: state.last_value,
        isCalled: state.is_called,
      });
    }
  }
  return sequences;
}
