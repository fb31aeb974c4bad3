import { askAll, type Question } from './ask.ts';
import { featuresUntil14, newFeatures, type Feature } from './version-features.ts';

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
 * @param targetMajor of a target that is older: what of `newFeatures` it does not know is looked for
 */
export function versionQuestions(sourceMajor: number, targetMajor: number) {
  const tooNew = newFeatures.filter(({ since }) => since > targetMajor && since <= sourceMajor);
  const tooOld = sourceMajor < 14 && targetMajor >= 14 ? featuresUntil14 : [];
  return { unknownFeatures: askForFeatures([...tooNew, ...tooOld]) };
}

function askForFeatures(features: readonly Feature[]): Question<UsedFeature[]> {
  const none = `SELECT NULL AS feature, 0::int8 AS count, NULL AS example WHERE false`;
  const counted = features.map(
    ({ name, sql }) => `SELECT '${name}', pg_catalog.count(*), pg_catalog.min(name) FROM (${sql}) AS f
      HAVING pg_catalog.count(*) > 0`,
  );
  return askAll<UsedFeature>([none, ...counted].join(' UNION ALL '));
}
