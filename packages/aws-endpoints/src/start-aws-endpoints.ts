/**
 * One HTTP server on 127.0.0.1 for all services, as `AWS_ENDPOINT_URL` wants it: a request goes to the service that
 * it was signed for. Signature, permissions and faults come before the service sees a call.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { Ec2Service } from './ec2/ec2-service.ts';
import { KmsService } from './kms/kms-service.ts';
import { LogsService } from './logs/logs-service.ts';
import { SsmService } from './ssm/ssm-service.ts';
import { AwsError } from './wire/aws-error.ts';
import type { AwsCall, AwsService } from './wire/aws-service.ts';
import { Faults, type FaultKind } from './wire/faults.ts';
import { listenOnLoopback } from './wire/listen-on-loopback.ts';
import { Principals, type AwsCredentials } from './wire/principals.ts';
import { readSignature, verifySignature } from './wire/verify-signature.ts';
import { writeError, writeResult, type Answer } from './wire/write-answer.ts';

/** A call that was let in, whatever became of it. */
export interface RecordedCall extends AwsCall {
  service: string;
  accessKeyId: string;
}

export interface AwsEndpoints {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly region: string;
  /** Credentials that may do everything. */
  readonly credentials: AwsCredentials;
  readonly principals: Principals;
  readonly faults: Faults;
  readonly calls: readonly RecordedCall[];
  readonly kms: KmsService;
  readonly ssm: SsmService;
  readonly ec2: Ec2Service;
  readonly logs: LogsService;
  stop(): Promise<void>;
}

export async function startAwsEndpoints(): Promise<AwsEndpoints> {
  const services = {
    kms: new KmsService(),
    ssm: new SsmService(),
    ec2: new Ec2Service(),
    logs: new LogsService(),
  };
  const principals = new Principals();
  const faults = new Faults();
  const calls: RecordedCall[] = [];
  const world: World = { services: new Map(Object.entries(services)), principals, faults, calls };
  const server = await listenOnLoopback((request, response) => void serve(world, request, response));
  return {
    ...services,
    url: server.url,
    region: 'us-east-1',
    credentials: principals.create(),
    principals,
    faults,
    calls,
    stop: server.stop,
  };
}

interface World {
  services: ReadonlyMap<string, AwsService>;
  principals: Principals;
  faults: Faults;
  calls: RecordedCall[];
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const answer = answerTo(world, request, body);
    if (answer === 'silence') return;
    if (answer === 'cut') request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  } catch (error) {
    // The client went away, or this endpoint has a defect, which the client shall see as one.
    response.destroy(error instanceof Error ? error : undefined);
  }
}

function answerTo(world: World, request: IncomingMessage, body: Buffer): Answer | 'silence' | 'cut' {
  let protocol: AwsService['protocol'] = 'json';
  try {
    const { service, name, call } = admit(world, request, body, (found) => (protocol = found));
    const fault = world.faults.take(name, call.action);
    if (fault === 'silence') return fault;
    if (fault !== null) throwFault(fault, protocol);
    const result = service.call(call);
    if (fault === 'lost_answer') return 'cut';
    const last = fault === 'delivered_twice' ? service.call(call) : result;
    return writeResult(protocol, call.action, last);
  } catch (error) {
    return writeError(protocol, toAwsError(error));
  }
}

/** Who calls what, after all that a service checks before it looks at a call. */
function admit(
  { services, principals, calls }: World,
  request: IncomingMessage,
  body: Buffer,
  onProtocol: (protocol: AwsService['protocol']) => void,
): { service: AwsService; name: string; call: AwsCall } {
  const { method = '', url: target = '/', headers } = request;
  const signature = readSignature(headers);
  const { service: name, accessKeyId } = signature;
  const service = services.get(name);
  if (service === undefined) throw new AwsError('UnknownOperationException', `There is no ${name} here.`);
  onProtocol(service.protocol);
  const credentials = principals.find(accessKeyId);
  if (credentials === undefined) {
    throw new AwsError('UnrecognizedClientException', 'The security token is invalid.', 403);
  }
  verifySignature({ method, target, headers, body }, signature, credentials, new Date());
  const call = service.protocol === 'json' ? readJson(request, body) : readQuery(body);
  if (!principals.isAllowed(accessKeyId, name, call.action)) throw accessDenied(service.protocol);
  calls.push({ service: name, accessKeyId, ...call });
  return { service, name, call };
}

/** `x-amz-target: TrentService.Encrypt` */
function readJson({ headers }: IncomingMessage, body: Buffer): AwsCall {
  const action = String(headers['x-amz-target']).split('.')[1] ?? '';
  return { action, input: JSON.parse(body.toString()) as Record<string, unknown> };
}

function readQuery(body: Buffer): AwsCall {
  const { Action = '', ...input } = Object.fromEntries(new URLSearchParams(body.toString()));
  return { action: Action, input };
}

function throwFault(kind: FaultKind, protocol: AwsService['protocol']): void {
  switch (kind) {
    case 'throttled':
      throw protocol === 'json'
        ? new AwsError('ThrottlingException', 'Rate exceeded')
        : new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    case 'access_denied':
      throw accessDenied(protocol);
    case 'unavailable':
      throw new AwsError('InternalFailure', 'The request processing has failed.', 500);
    case 'lost_answer':
    case 'delivered_twice':
    case 'silence':
      return;
  }
}

function accessDenied(protocol: AwsService['protocol']): AwsError {
  return protocol === 'json'
    ? new AwsError('AccessDeniedException', 'The caller is not authorized to perform this.')
    : new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof ZodError) return new AwsError('ValidationException', error.message);
  throw error;
}
