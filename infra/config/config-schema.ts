/**
 * What a stack may be configured with, under `seren-replicator:` in `Pulumi.<stack>.yaml`. Each field on its own is
 * checked here; what contradicts another field is in `find-contradictions.ts`. Defaults are those of a small stack.
 */
import * as z from 'zod';
import { isInstanceType } from './instance-type.ts';

const instanceType = z
  .string()
  .refine(isInstanceType, { error: 'is not an instance type; one looks like m8g.xlarge' });

const host = z
  .string()
  .regex(/^[a-z0-9*](?:[a-z0-9.*-]*[a-z0-9])?$/i, 'must be a host name; * stands for any part');

const origin = z.url({ protocol: /^https?$/, error: 'must be an origin such as https://app.example.com' });

const port = z.int().min(1).max(65_535);

/** What is before the dot owns the jobs: `acme` and `acme.2` are two keys of one owner. */
const keyName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}(?:\.[a-z0-9-]{1,20})?$/, 'must look like acme, or acme.2 for a further key');

const apiSchema = z
  .strictObject({
    /** Names, a key for each. One is rotated by adding `acme.2`, moving the callers, and removing `acme`. */
    keys: z.array(keyName).min(1).default(['default']),
    corsOrigins: z.array(origin).default([]),
    domain: z
      .strictObject({
        name: z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'must be a domain name'),
        certificateArn: z
          .string()
          .regex(/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/, 'must be the ARN of a certificate'),
      })
      .optional(),
    /** Requests at once, and a second, over all callers. */
    burst: z.int().min(1).default(100),
    rate: z.int().min(1).default(50),
  })
  .prefault({});

const workerSchema = z
  .strictObject({
    /** The machine image; without it the newest own one is taken. */
    amiId: z
      .string()
      .regex(/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'must look like ami-0123456789abcdef0')
      .optional(),
    market: z.enum(['on-demand', 'spot']).default('on-demand'),
    /** Machines alive at a time; further jobs wait. */
    maxWorkers: z.int().min(1).max(1_000).default(10),
    /** Of the root volume: rows are never stored on it, but the system, logs and dumps of schemas are. */
    rootVolumeGigabytes: z.int().min(10).max(1_000).default(20),
    /** Where databases listen; machines may open connections to these ports and HTTPS, and to nothing else. */
    postgresPorts: z.array(port).min(1).default([5432]),
  })
  .prefault({});

const cidr = z
  .string()
  .regex(
    /^(?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/,
    'must be a private /16 such as 10.60.0.0/16',
  );

const networkSchema = z
  .strictObject({
    mode: z.enum(['default-vpc', 'private']).default('default-vpc'),
    cidr: cidr.optional(),
    zones: z.int().min(2).max(3).optional(),
    /** A NAT gateway in each zone, or one for all: that one is cheaper and a single point of failure. */
    natPerZone: z.boolean().optional(),
  })
  .prefault({});

const alarmsSchema = z
  .strictObject({
    /** Who is told. */
    email: z.email().optional(),
    monthlyBudgetDollars: z.number().positive().default(100),
    /** A job that runs for longer than this is called stuck. */
    stuckAfterHours: z.number().positive().default(12),
  })
  .prefault({});

const targetsSchema = z
  .strictObject({
    /** Hosts that jobs may write to; any host when empty. */
    allowedHosts: z.array(host).default([]),
    /** Whether sources and targets may have private addresses; needed for databases in a VPC. */
    allowPrivateAddresses: z.boolean().default(false),
  })
  .prefault({});

const databaseSchema = z.strictObject({
  instanceClass: z
    .string()
    .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, 'must look like db.t4g.medium')
    .default('db.t4g.medium'),
  storageGigabytes: z.int().min(20).max(65_536).default(100),
  engineVersion: z
    .string()
    .regex(/^1[4-8](?:\.\d+)?$/, 'must be 14 to 18, as 18 or 18.1')
    .default('18'),
  multiAz: z.boolean().default(false),
});

const variablesSchema = z
  .record(z.string().regex(/^SEREN_[A-Z0-9_]+$/, 'must be a name such as SEREN_LOG_LEVEL'), z.string().min(1))
  .default({});

/** Pulumi hands a number that stands by itself over as text. */
const concurrency = z.coerce.number().int().min(0).max(20);

export const configSchema = z.strictObject({
  stage: z.string().regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 lower case letters and digits'),
  api: apiSchema,
  worker: workerSchema,
  network: networkSchema,
  targets: targetsSchema,
  alarms: alarmsSchema,
  /** Further variables of the programs, which they read from Parameter Store. */
  variables: variablesSchema,
  /** Invocations of the reconciler at a time that are set aside for it; 0 where the account has too few to set aside. */
  reconcilerConcurrency: concurrency.default(3),
  /** The only account that this stack may be deployed to. */
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12 digits of an account')
    .optional(),
  /** Optional parts; absent means off. */
  database: databaseSchema.optional(),
  bastion: z.strictObject({ instanceType: instanceType.default('t4g.nano') }).optional(),
  bucket: z.strictObject({ expireAfterDays: z.int().min(1).max(3_650).default(30) }).optional(),
  registry: z.strictObject({ keepImages: z.int().min(1).max(1_000).default(20) }).optional(),
  auditTrail: z.boolean().default(false),
});

export type StackConfig = z.infer<typeof configSchema>;
