/** How each side is connected to, and how many connections it has left. */
import { fail, pass, warn, type CheckDefinition, type Verdict } from '../check.ts';
import type { ServerFacts } from '../../catalog/read-server-facts.ts';
import type { ConnectionFacts } from '../read-connection-facts.ts';

/** The snapshot's session, pg_dump's, and one lane. */
const MIN_CONNECTIONS = 4;

export const connectionChecks: readonly CheckDefinition[] = [
  {
    name: 'source connection',
    code: 'host_unreachable',
    of: 'source',
    isAboutServer: true,
    judge: ({ facts }) => describeConnection(facts.source.connection),
  },
  {
    name: 'target connection',
    code: 'host_unreachable',
    of: 'target',
    isAboutServer: true,
    judge: ({ facts }) => describeConnection(facts.target.connection),
  },
  {
    name: 'source encryption',
    code: 'tls_failed',
    of: 'source',
    isAboutServer: true,
    judge: ({ facts }) => checkEncryption(facts.source.connection),
  },
  {
    name: 'target encryption',
    code: 'tls_failed',
    of: 'target',
    isAboutServer: true,
    judge: ({ facts }) => checkEncryption(facts.target.connection),
  },
  {
    name: 'source connections left',
    code: 'too_many_connections',
    of: 'source',
    isAboutServer: true,
    judge: ({ facts }) => checkConnectionsLeft(facts.source.server),
  },
  {
    name: 'target connections left',
    code: 'too_many_connections',
    of: 'target',
    isAboutServer: true,
    judge: ({ facts }) => checkConnectionsLeft(facts.target.server),
  },
];

function describeConnection({ url, roundTripMs }: ConnectionFacts): Verdict {
  return pass(`${url} answers; a round trip takes ${formatMs(roundTripMs)}`);
}

function formatMs(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

function checkEncryption({ encryption, isRemote, sslmode }: ConnectionFacts): Verdict {
  if (encryption === null) {
    if (!isRemote) return pass('not encrypted, and does not leave this machine');
    return warn(
      'rows and names cross the network in plain text',
      'switch ssl on in the server, and add sslmode=verify-full with its sslrootcert to the URL',
    );
  }
  const { protocol, isVerified } = encryption;
  if (isVerified || !isRemote) return pass(protocol);
  return pass(
    `${protocol}, with a certificate that nobody vouches for (sslmode=${sslmode}); sslmode=verify-full would keep an impostor out`,
  );
}

function checkConnectionsLeft({ connectionsLeft, role }: ServerFacts): Verdict {
  const summary = `${Math.max(0, connectionsLeft)} left for ${role}`;
  if (connectionsLeft >= MIN_CONNECTIONS) return pass(summary);
  return fail(
    `${summary}, and at least ${MIN_CONNECTIONS} are needed`,
    'close other sessions, or raise max_connections or the limit of the role or the database',
  );
}
