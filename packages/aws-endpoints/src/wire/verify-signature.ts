/**
 * Signature Version 4, checked as a service does: a client that signs wrongly, or whose request was changed on the
 * way, is refused.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { AwsCredentials } from './principals.ts';

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const MAX_SKEW_MS = 5 * 60_000;

export interface SignedRequest {
  method: string;
  /** Path and query as they stand in the request line. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Signature {
  accessKeyId: string;
  /** The service that the request was signed for. */
  service: string;
  scope: string;
  signedHeaders: string[];
  hex: string;
}

/** @throws AwsError for a request without a signature in its Authorization header */
export function readSignature(headers: IncomingHttpHeaders): Signature {
  const [, accessKeyId, scope, service, signedHeaders, hex] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (!accessKeyId || !scope || !service || !signedHeaders || !hex) {
    throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
  }
  return { accessKeyId, service, scope, signedHeaders: signedHeaders.split(';'), hex };
}

/** @throws AwsError for a signature that is not the credentials' own, or too old */
export function verifySignature(
  request: SignedRequest,
  signature: Signature,
  credentials: AwsCredentials,
  now: Date,
): void {
  const { headers } = request;
  const date = headerOf(headers, 'x-amz-date');
  if (Math.abs(now.getTime() - parseDate(date)) > MAX_SKEW_MS) {
    throw new AwsError('RequestExpired', 'Signature expired', 400);
  }
  if (headers['x-amz-security-token'] !== credentials.sessionToken) {
    throw new AwsError('UnrecognizedClientException', 'The security token is invalid.', 403);
  }
  const text = ['AWS4-HMAC-SHA256', date, signature.scope, sha256(canonicalRequest(request, signature))];
  const expected = hmac(signingKey(credentials.secretAccessKey, signature.scope), text.join('\n'));
  if (!timingSafeEqual(expected, Buffer.from(signature.hex, 'hex'))) {
    throw new AwsError('InvalidSignatureException', 'The signature does not match.', 403);
  }
}

function canonicalRequest({ method, target, headers, body }: SignedRequest, signature: Signature): string {
  const url = new URL(target, 'http://endpoint');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort();
  const canonicalHeaders = signature.signedHeaders.map(
    (name) => `${name}:${headerOf(headers, name).trim().replaceAll(/ +/g, ' ')}\n`,
  );
  return [
    method,
    url.pathname,
    query.join('&'),
    canonicalHeaders.join(''),
    signature.signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

function signingKey(secret: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`, 'utf8'));
}

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

/** `20261120T201500Z` */
function parseDate(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(
    `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
  );
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
