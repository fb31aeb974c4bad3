/**
 * Which hosts a job may connect to. A URL is judged when it is submitted, to tell the user at once, and every address
 * is judged again where it is connected to: names are resolved here, and what comes back is what is connected to, so
 * that a name that means something else a moment later (DNS rebinding) gains nothing.
 *
 * Judged is what the system's resolver makes of a host, not how it is written: `2130706433`, `0x7f.1` and `127.1` are
 * one address by then.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import { classifyAddress, type AddressKind } from './classify-address.ts';
import type { ReachRules } from './reach-rules.ts';

type Side = 'source' | 'target';

export interface Reach {
  /**
   * Judges all that a URL says, and resolves its hosts. A name that nobody knows is let pass: where the job runs it
   * may be known, and there it is judged.
   *
   * @throws ReplicatorError `address_not_allowed`
   */
  checkUrl(side: Side, url: ConnectionUrl): Promise<void>;
  /**
   * The addresses of a host, all of which may be connected to; none for a Unix socket.
   *
   * @throws ReplicatorError `address_not_allowed`, and what the resolver throws
   */
  resolve(side: Side, host: string): Promise<LookupAddress[]>;
}

export type Lookup = (host: string) => Promise<LookupAddress[]>;

/** The system's own resolver cannot be interrupted. */
const LOOKUP_DEADLINE_MS = 5_000;

const systemLookup: Lookup = (host) => lookup(host, { all: true, order: 'verbatim' });

/** Parameters that name files of the machine that runs the job. */
const fileParameters = ['sslcert', 'sslkey', 'sslrootcert', 'sslcrl', 'passfile'];

export function createReach(rules: ReachRules, lookupHost: Lookup = systemLookup): Reach {
  const resolve = async (side: Side, host: string): Promise<LookupAddress[]> => {
    checkHost(rules, side, host);
    if (isSocket(host)) return [];
    const addresses = await withDeadline(lookupHost(host));
    for (const { address } of addresses) checkAddress(rules, { side, host, address });
    return addresses;
  };
  return {
    resolve,
    checkUrl: async (side, url) => {
      checkFiles(rules, side, url);
      // All at once: each may take its whole deadline.
      await Promise.all(
        url.hosts.map(({ host }) =>
          resolve(side, host).catch((error: unknown) => {
            if (error instanceof ReplicatorError) throw error;
          }),
        ),
      );
    },
  };
}

function checkHost({ allowLocal, allowedTargetHosts }: ReachRules, side: Side, host: string): void {
  if (isSocket(host) && !allowLocal) throw notAllowed(`The ${side} is a Unix socket`);
  if (side === 'source' || allowedTargetHosts.length === 0) return;
  if (!allowedTargetHosts.some((pattern) => matches(pattern, host))) {
    throw notAllowed(`The target host ${host} is not one that jobs may write to`);
  }
}

function checkAddress(rules: ReachRules, at: { side: Side; host: string; address: string }): void {
  const kind = classifyAddress(at.address);
  if (isAllowed(rules, kind)) return;
  // Which address it is, is not told: a name inside of the service's network would be looked up for anybody.
  throw notAllowed(`The ${at.side} host ${at.host} leads to a ${kind} address`);
}

function isAllowed({ allowPrivate, allowLocal }: ReachRules, kind: AddressKind): boolean {
  switch (kind) {
    case 'public':
      return true;
    case 'private':
      return allowPrivate;
    case 'loopback':
      return allowLocal;
    case 'link-local':
    case 'special':
      return false;
  }
}

function checkFiles({ allowLocal }: ReachRules, side: Side, { parameters }: ConnectionUrl): void {
  if (allowLocal) return;
  const named = fileParameters.filter((name) => (parameters.get(name) ?? 'system') !== 'system');
  if (named.length > 0) throw notAllowed(`The ${side} URL names files (${named.join(', ')})`);
}

/** A directory, or a name in Linux's abstract namespace. */
function isSocket(host: string): boolean {
  return host.startsWith('/') || host.startsWith('@');
}

/** Case does not count in names, and neither does the dot that ends a full one. */
function matches(pattern: string, host: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/\.$/, '');
  const parts = plain(pattern)
    .split('*')
    .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(plain(host));
}

async function withDeadline<Value>(work: Promise<Value>): Promise<Value> {
  const timer = new AbortController();
  const overdue = sleep(LOOKUP_DEADLINE_MS, undefined, { signal: timer.signal }).then(() => {
    throw Object.assign(new Error('The name could not be resolved in time.'), { code: 'EAI_AGAIN' });
  });
  overdue.catch(() => undefined);
  try {
    return await Promise.race([work, overdue]);
  } finally {
    timer.abort();
  }
}

function notAllowed(what: string): ReplicatorError {
  return new ReplicatorError(
    'address_not_allowed',
    `${what}, which this service does not connect to. Use one that it may reach, or run with --local.`,
  );
}
