import { askAll } from './ask.ts';

/** Of a source: tablespaces in use other than the defaults. */
export const tablespaceQuestions = {
  usedTablespaces: askAll<{ name: string }>(`
    SELECT DISTINCT t.spcname AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
    WHERE t.spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1`),
};

/** Of a target. Values: $5 the names of those that a source uses. */
export const tablespaceOfferQuestions = {
  missingTablespaces: askAll<{ name: string }>(`
    SELECT w AS name FROM unnest($5::text[]) AS w
    WHERE w NOT IN (SELECT spcname FROM pg_catalog.pg_tablespace) ORDER BY 1`),
};
