import * as z from 'zod';

/** What jobs may connect to. */
export interface ReachRules {
  /** Networks of one's own, as databases in a VPC need it. */
  readonly allowPrivate: boolean;
  /** The machine that runs the job: loopback addresses, Unix sockets, files that a URL names. */
  readonly allowLocal: boolean;
  /** Host names or addresses that jobs may write to, `*` for any run of characters; any host when empty. */
  readonly allowedTargetHosts: readonly string[];
}

const flag = z.enum(['true', 'false', '']).default('false');

/** For an environment's schema: the variables that rules are made of. */
export const reachVariables = {
  SEREN_ALLOW_PRIVATE_ADDRESSES: flag,
  SEREN_ALLOW_LOCAL_ADDRESSES: flag,
  SEREN_ALLOWED_TARGET_HOSTS: z.string().default(''),
};

export function reachRulesOf(variables: {
  [Name in keyof typeof reachVariables]: z.infer<(typeof reachVariables)[Name]>;
}): ReachRules {
  return {
    allowPrivate: variables.SEREN_ALLOW_PRIVATE_ADDRESSES === 'true',
    allowLocal: variables.SEREN_ALLOW_LOCAL_ADDRESSES === 'true',
    allowedTargetHosts: variables.SEREN_ALLOWED_TARGET_HOSTS.split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  };
}
