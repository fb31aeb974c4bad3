/**
 * Many independent questions to a catalogue in one round trip: each is a query of its own, and one statement gives
 * the answers of all of them as JSON. What an answer holds is bounded by how its question is made.
 */
import type { Session } from '../session/session.ts';

/** A query, as an expression that gives its answer in JSON. */
export interface Question<Answer> {
  readonly expression: string;
  /** Never set: it carries the answer's type. */
  readonly answer?: Answer;
}

/** The first few of what a query found, and how many there are. */
export interface Sample<Item> {
  count: number;
  items: Item[];
}

export const SAMPLE_SIZE = 5;

/** A query that finds few rows whatever the database's size, and is wanted whole. */
export function askAll<Row>(sql: string): Question<Row[]> {
  return {
    expression: `(SELECT coalesce(pg_catalog.json_agg(q), '[]') FROM (${sql}) AS q)`,
  };
}

/** A query that always gives one row. */
export function askOne<Row>(sql: string): Question<Row> {
  return { expression: `(SELECT pg_catalog.row_to_json(q) FROM (${sql}) AS q)` };
}

/** A query that may find any number of rows: the first few in its own order are wanted, and how many there are. */
export function askSample<Row>(sql: string): Question<Sample<Row>> {
  return {
    expression: `(SELECT pg_catalog.json_build_object('count', pg_catalog.count(*), 'items',
      coalesce(pg_catalog.json_agg(q) FILTER (WHERE position <= ${SAMPLE_SIZE}), '[]'))
      FROM (SELECT *, pg_catalog.row_number() OVER () AS position FROM (${sql}) AS unnumbered) AS q)`,
  };
}

type Questions = Record<string, Question<unknown>>;
export type Answers<Asked extends Questions> = {
  [Name in keyof Asked]: Asked[Name] extends Question<infer Answer> ? Answer : never;
};

export interface AskInput<Asked extends Questions> {
  questions: Asked;
  /** Common table expressions that the questions read from, without WITH. */
  tables?: string;
  values?: unknown[];
}

/** Asks all at once, under one snapshot. */
export async function ask<Asked extends Questions>(
  session: Session,
  doing: string,
  { questions, tables, values = [] }: AskInput<Asked>,
): Promise<Answers<Asked>> {
  const answers = Object.entries(questions).map(
    ([name, { expression }]) => `${expression} AS ${session.client.escapeIdentifier(name)}`,
  );
  const common = tables === undefined ? '' : `WITH ${tables}`;
  return session.queryOne<Answers<Asked>>(doing, `${common} SELECT ${answers.join(', ')}`, values);
}
