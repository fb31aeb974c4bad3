/**
 * Requests and answers as API Gateway's HTTP API has them (payload 2.0). Not Hono's adapter: that one is on its way
 * out, answers what it cannot read in text, and logs it with the request's path.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import * as z from 'zod';

export const httpEventSchema = z.object({
  version: z.literal('2.0'),
  rawPath: z.string(),
  rawQueryString: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    stage: z.string().default('$default'),
    http: z.object({ method: z.string() }),
  }),
});
type HttpEvent = z.infer<typeof httpEventSchema>;

export interface HttpResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** @throws TypeError, URIError for a method, a header or a path that no request can have */
export function toRequest(event: HttpEvent): Request {
  const { method } = event.requestContext.http;
  const url = new URL('https://api.invalid');
  url.pathname = pathOf(event);
  url.search = event.rawQueryString;
  const headers = new Headers(event.headers);
  const body = readBody(event, method);
  if (body === null) return new Request(url, { method, headers });
  headers.set('content-length', String(body.length));
  return new Request(url, { method, headers, body });
}

/** The path comes decoded, and behind the name of the stage if that has one. */
function pathOf({ rawPath, requestContext: { stage } }: HttpEvent): string {
  const prefix = `/${stage}`;
  const path =
    rawPath === prefix || rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : rawPath;
  return path.split('/').map(encodeURIComponent).join('/');
}

function readBody({ body, isBase64Encoded }: HttpEvent, method: string): Uint8Array<ArrayBuffer> | null {
  if (body === undefined || method === 'GET' || method === 'HEAD') return null;
  return new Uint8Array(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
}

export async function toResult(response: Response): Promise<HttpResult> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
