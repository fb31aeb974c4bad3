import {
  jobSpecificationSchema,
  ReplicatorError,
  SCHEMA_VERSION,
  type ConnectionUrl,
  type JobCommand,
  type JobSpecification,
  type JobSpecificationInput,
} from '@seren-replicator/job-models';
import { buildFilter } from '../filter/build-filter.ts';
import type { Settings } from '../options/settings.ts';
import { dropUndefined } from './drop-undefined.ts';

export interface SpecificationInput {
  command: JobCommand;
  settings: Settings;
  source: ConnectionUrl;
  target: ConnectionUrl;
  /** What time filters count from. */
  now: Date;
}

export interface Specification {
  /** What the user said and no more, so that a service which lacks the latest options takes it too. */
  written: JobSpecificationInput;
  /** With the defaults that the service would fill in; what a local run is driven by. */
  complete: JobSpecification;
}

/** @throws ReplicatorError `invalid_request` that names every option that is out of bounds. */
export function buildSpecification(input: SpecificationInput): Specification {
  const { command, settings, source, target } = input;
  const filter = buildFilter(settings, input.now);
  const written: JobSpecificationInput = {
    schema_version: SCHEMA_VERSION,
    command,
    source_url: source.reveal(),
    target_url: target.reveal(),
    ...(Object.keys(filter).length > 0 && { filter }),
    options: dropUndefined({
      drop_existing: settings['drop-existing'],
      no_sync: settings['no-sync'],
      resume: settings.resume,
      verify: settings.verify,
      roles: settings.roles,
      no_owner: settings['no-owner'],
      no_acl: settings['no-acl'],
      jobs: settings.jobs,
      index_jobs: settings['index-jobs'],
      max_rate_bytes_per_second: settings['max-rate'],
      estimated_size_bytes: settings['estimated-size'],
      sync_method: settings['sync-method'],
      no_key_tables: settings['no-key-tables'],
      stop: settings.stop,
      max_lag_seconds: settings['max-lag'],
      lock_source: settings['lock-source'],
      cutover_verification: settings['cutover-verify'],
      reverse: settings.reverse,
      dry_run: settings['dry-run'],
    }),
  };
  const parsed = jobSpecificationSchema.safeParse(written);
  if (parsed.success) return { written, complete: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${optionOf(path)}: ${message}`);
  throw new ReplicatorError('invalid_request', problems.join('; '), { cause: parsed.error });
}

/** `options.no_owner` is `--no-owner`, `filter.table_filters.0.where` is `--table-filter`, `source_url` is `--source`. */
function optionOf(path: readonly PropertyKey[]): string {
  const [first, second] = path;
  const name = String((first === 'filter' || first === 'options' ? second : first) ?? 'specification');
  return `--${name
    .replace(/_url$|_seconds$|_bytes(?:_per_second)?$/, '')
    .replace('_filters', '_filter')
    .replaceAll('_', '-')}`;
}
