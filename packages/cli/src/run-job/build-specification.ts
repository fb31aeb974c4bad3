import {
  jobSpecificationSchema,
  ReplicatorError,
  SCHEMA_VERSION,
  type ConnectionUrl,
  type JobCommand,
  type JobSpecification,
  type JobSpecificationInput,
} from '@seren-replicator/job-models';
import type { Settings } from '../options/settings.ts';

export interface SpecificationInput {
  command: JobCommand;
  settings: Settings;
  source: ConnectionUrl;
  target: ConnectionUrl;
}

export interface Specification {
  /** What the user said and no more, so that a service which lacks the latest options takes it too. */
  written: JobSpecificationInput;
  /** With the defaults that the service would fill in; what a local run is driven by. */
  complete: JobSpecification;
}

/** @throws ReplicatorError `invalid_request` that names every option that is out of bounds. */
export function buildSpecification({ command, settings, source, target }: SpecificationInput): Specification {
  const written: JobSpecificationInput = {
    schema_version: SCHEMA_VERSION,
    command,
    source_url: source.reveal(),
    target_url: target.reveal(),
    options: dropUndefined({
      drop_existing: settings['drop-existing'],
      no_sync: settings['no-sync'],
      verify: settings.verify,
      no_owner: settings['no-owner'],
      no_acl: settings['no-acl'],
      jobs: settings.jobs,
    }),
  };
  const parsed = jobSpecificationSchema.safeParse(written);
  if (parsed.success) return { written, complete: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${optionOf(path)}: ${message}`);
  throw new ReplicatorError('invalid_request', problems.join('; '), { cause: parsed.error });
}

/** `options.no_owner` is `--no-owner`, `source_url` is `--source`. */
function optionOf(path: readonly PropertyKey[]): string {
  const name = String(path.at(-1) ?? 'specification');
  return `--${name.replace(/_url$/, '').replaceAll('_', '-')}`;
}

type Defined<Values> = { [Name in keyof Values]?: Exclude<Values[Name], undefined> };

function dropUndefined<Values extends object>(values: Values): Defined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<Values>;
}
