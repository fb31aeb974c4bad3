import { askAll, type Question } from './ask.ts';
import { featuresUntil14, featuresUntil16, newFeatures, type Feature } from './version-features.ts';

/** What a database uses that not every major version knows. */
export interface UsedFeature {
  feature: string;
  count: number;
  /** One of the objects, for people. */
  example: string;
}

/**
 * Of a source.
 *
 * @param targetMajor what of `newFeatures` it does not know yet, and what it has given up, is looked for
 */
export function versionQuestions(sourceMajor: number, targetMajor: number) {
  const tooNew = newFeatures.filter(({ since }) => since > targetMajor && since <= sourceMajor);
  const isUpgradeTo = (major: number) => sourceMajor < major && targetMajor >= major;
  const tooOld = [...(isUpgradeTo(14) ? featuresUntil14 : []), ...(isUpgradeTo(16) ? featuresUntil16 : [])];
  return {
    unknownFeatures: askForFeatures([...tooNew, ...tooOld]),
    /** The system's types that columns have, arrays and domains looked through. */
    usedTypes: askAll<{ name: string }>(`
      SELECT DISTINCT t.typname AS name
      FROM (SELECT * FROM relations WHERE is_in_scope) AS r
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type AS c ON c.oid = a.atttypid
      JOIN pg_catalog.pg_type AS t ON t.oid IN (c.oid, c.typelem, c.typbasetype)
      WHERE t.typnamespace = 'pg_catalog'::regnamespace ORDER BY 1`),
  };
}

/** Of a target. Values: $6 the names of types that a source uses. */
export const typeOfferQuestions = {
  missingTypes: askAll<{ name: string }>(`
    SELECT w AS name FROM unnest($6::text[]) AS w
    WHERE w NOT IN (SELECT typname FROM pg_catalog.pg_type
                    WHERE typnamespace = 'pg_catalog'::regnamespace) ORDER BY 1`),
};

function askForFeatures(features: readonly Feature[]): Question<UsedFeature[]> {
  const none = `SELECT NULL AS feature, 0::int8 AS count, NULL AS example WHERE false`;
  const counted = features.map(
    ({ name, sql }) => `SELECT '${name}', pg_catalog.count(*), pg_catalog.min(name) FROM (${sql}) AS f
      HAVING pg_catalog.count(*) > 0`,
  );
  return askAll<UsedFeature>([none, ...counted].join(' UNION ALL '));
}
