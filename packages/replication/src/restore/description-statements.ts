import pg from 'pg';
import type { Attempt } from './attempt-statements.ts';

export interface Description {
  comment: string | null;
  labels: readonly { provider: string; label: string }[];
}

/**
 * Comment and security labels of an object.
 *
 * @param object as COMMENT ON names it
 * @param label the same for people
 */
export function descriptionStatements(object: string, label: string, description: Description): Attempt[] {
  const { comment, labels } = description;
  const attempts = labels.map((entry) => ({
    object: `security label of ${label}`,
    sql: `SECURITY LABEL FOR ${pg.escapeIdentifier(entry.provider)} ON ${object} IS ${pg.escapeLiteral(entry.label)}`,
  }));
  if (comment === null) return attempts;
  return [
    { object: `comment on ${label}`, sql: `COMMENT ON ${object} IS ${pg.escapeLiteral(comment)}` },
    ...attempts,
  ];
}
