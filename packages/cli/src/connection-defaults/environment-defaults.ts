import { ReplicatorError } from '@seren-replicator/job-models';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * libpq's variables and the parameters that they stand for.
 *
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
const parameterByVariable = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGSERVICE: 'service',
  PGOPTIONS: 'options',
  PGAPPNAME: 'application_name',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLSNI: 'sslsni',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGCHANNELBINDING: 'channel_binding',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
  PGCONNECT_TIMEOUT: 'connect_timeout',
} as const;

/** Variables that ask for more safety than this tool can give. To pass over them would be to lower it in silence. */
const refusedVariables = [
  'PGREQUIREAUTH',
  'PGREQUIREPEER',
  'PGSSLCERTMODE',
  'PGSSLCRL',
  'PGSSLCRLDIR',
  'PGSSLMINPROTOCOLVERSION',
  'PGSSLMAXPROTOCOLVERSION',
];

/** Connection parameters that libpq would take from the environment. A variable that is empty counts as not set. */
export function readEnvironmentDefaults(env: Environment): Map<string, string> {
  const refused = refusedVariables.filter((name) => (env[name] ?? '') !== '');
  if (refused.length > 0) {
    throw new ReplicatorError(
      'not_supported',
      `${refused.join(' and ')} cannot be honoured by this tool; unset it if the servers do not insist on it.`,
    );
  }
  const defaults = new Map<string, string>();
  for (const [variable, parameter] of Object.entries(parameterByVariable)) {
    const value = env[variable];
    if (value !== undefined && value !== '') defaults.set(parameter, value);
  }
  return defaults;
}
