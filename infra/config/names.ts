/** Names in AWS. Those of production are as they always were; other stages add theirs. */
export interface Names {
  /** `name` in production, `name-dev` in the stage dev. */
  of: (name: string) => string;
  /** Where parameters are: `/seren-replication`, `/seren-replication-dev`. */
  parameterPrefix: string;
}

/** Tag of everything of this project, machine images included; `names.of` of it tells one stage's machines from others'. */
export const MANAGED_BY = 'seren-replication-system';

export function namesFor(stage: string): Names {
  const of = (name: string): string => (stage === 'prod' ? name : `${name}-${stage}`);
  return { of, parameterPrefix: `/${of('seren-replication')}` };
}
