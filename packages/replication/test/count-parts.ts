import { runSql } from './database-pair.ts';

/** How many parts a table of a copy came in: rows of one part come from one transaction. */
export async function countParts(target: string, table: string): Promise<number> {
  const [parts] = await runSql(target, `SELECT count(DISTINCT xmin::text)::int AS n FROM ${table}`);
  return parts?.['n'] as number;
}
