/**
 * The metadata service of one instance, version 2: every read needs a token that a PUT gave out.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOnLoopback } from '../wire/listen-on-loopback.ts';
import type { AwsCredentials } from '../wire/principals.ts';

const MAX_TOKEN_SECONDS = 21_600;
const CREDENTIALS_LAST_MS = 6 * 3_600_000;

export interface InstanceMetadataOptions {
  instanceId?: string;
  region?: string;
  /** Shown when the launch template says so (InstanceMetadataTags). */
  tags?: Readonly<Record<string, string>>;
  userData?: string;
  /** Of the instance's role; there is none without. */
  credentials?: AwsCredentials;
}

export interface InstanceMetadata {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly url: string;
  readonly instanceId: string;
  /** Announces that a spot instance is taken back, two minutes ahead. */
  interruptSpot(at: Date): void;
  stop(): Promise<void>;
}

const ROLE = 'worker';

export async function startInstanceMetadata(
  options: InstanceMetadataOptions = {},
): Promise<InstanceMetadata> {
  const instanceId = options.instanceId ?? `i-${randomBytes(8).toString('hex').padEnd(17, '0')}`;
  const pages = new Map(Object.entries(describeInstance({ ...options, instanceId })));
  const tokens = new Map<string, number>();
  const server = await listenOnLoopback((request, response) => serve(request, response, pages, tokens));
  return {
    url: server.url,
    instanceId,
    interruptSpot: (at) => {
      const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
      pages.set('/latest/meta-data/spot/instance-action', JSON.stringify({ action: 'terminate', time }));
    },
    stop: server.stop,
  };
}

function describeInstance(
  instance: InstanceMetadataOptions & { instanceId: string },
): Record<string, string> {
  const { instanceId, region = 'us-east-1', tags = {}, userData, credentials } = instance;
  const root = '/latest/meta-data';
  return {
    [`${root}/instance-id`]: instanceId,
    [`${root}/placement/region`]: region,
    [`${root}/placement/availability-zone`]: `${region}a`,
    [`${root}/tags/instance`]: Object.keys(tags).join('\n'),
    ...Object.fromEntries(Object.entries(tags).map(([key, tag]) => [`${root}/tags/instance/${key}`, tag])),
    '/latest/dynamic/instance-identity/document': JSON.stringify({ instanceId, region }),
    ...(userData === undefined ? {} : { '/latest/user-data': userData }),
    ...(credentials === undefined
      ? {}
      : {
          [`${root}/iam/security-credentials`]: ROLE,
          [`${root}/iam/security-credentials/${ROLE}`]: JSON.stringify(roleCredentials(credentials)),
        }),
  };
}

function roleCredentials({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials) {
  return {
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: new Date().toISOString(),
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(Date.now() + CREDENTIALS_LAST_MS).toISOString(),
  };
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pages: ReadonlyMap<string, string>,
  tokens: Map<string, number>,
): void {
  const path = (request.url ?? '/').replace(/\/$/, '');
  const { status, body = '' } =
    request.method === 'PUT' && path === '/latest/api/token'
      ? giveToken(request, tokens)
      : readPage(path, request, pages, tokens);
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}

interface Reply {
  status: number;
  body?: string;
}

function giveToken({ headers }: IncomingMessage, tokens: Map<string, number>): Reply {
  const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
  if (!(seconds >= 1 && seconds <= MAX_TOKEN_SECONDS)) return { status: 400 };
  const token = randomBytes(32).toString('base64');
  tokens.set(token, Date.now() + seconds * 1_000);
  return { status: 200, body: token };
}

function readPage(
  path: string,
  { headers }: IncomingMessage,
  pages: ReadonlyMap<string, string>,
  tokens: ReadonlyMap<string, number>,
): Reply {
  const token = String(headers['x-aws-ec2-metadata-token']);
  if ((tokens.get(token) ?? 0) < Date.now()) return { status: 401 };
  const body = pages.get(path);
  return body === undefined ? { status: 404 } : { status: 200, body };
}
