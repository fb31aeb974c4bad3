import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import { isLocalHost } from './is-local-host.ts';

/** Parameters that name files; a job runs where these are not. */
const fileParameters = ['sslcert', 'sslkey', 'sslrootcert'];

export interface RemoteConnectionInput {
  role: 'source' | 'target';
  url: ConnectionUrl;
  /** Whether the service runs on this machine, where local names mean the same. */
  isServiceLocal: boolean;
  warn: (message: string) => void;
}

/** @throws ReplicatorError `not_supported` when a job elsewhere cannot use the URL because of what only this machine has. */
export function checkRemoteConnection({ role, url, isServiceLocal, warn }: RemoteConnectionInput): void {
  const files = fileParameters.filter(
    (name) => url.parameters.has(name) && !(name === 'sslrootcert' && url.parameters.get(name) === 'system'),
  );
  if (files.length > 0) {
    throw new ReplicatorError(
      'not_supported',
      `--${role}: ${files.join(' and ')} ${files.length === 1 ? 'names a file' : 'name files'} on this machine, which a remote job cannot read. Leave it out (sslrootcert=system trusts the usual authorities), or run with --local.`,
    );
  }
  if (isServiceLocal) return;
  if (url.hosts.some(({ host }) => host.startsWith('/'))) {
    throw new ReplicatorError(
      'not_supported',
      `--${role}: a Unix socket is on this machine, where a remote job cannot reach it. Run with --local.`,
    );
  }
  const local = url.hosts.find(({ host }) => isLocalHost(host));
  if (local !== undefined) {
    warn(
      `--${role}: for a remote job, ${local.host} is the machine that the job runs on, not this one; --local runs it here.`,
    );
  }
}
