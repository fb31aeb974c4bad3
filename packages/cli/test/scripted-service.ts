/**
 * A server at the other end of the wire that answers what a test tells it to: for what only the client decides, such
 * as what it sends and what it does about an answer.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { JobStatus } from '@seren-replicator/job-models';

export interface ServiceRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** `hang up` cuts the connection instead of answering; `say nothing` leaves it open. */
export type ServiceAnswer =
  'hang up' | 'say nothing' | { status: number; body: unknown; headers?: Record<string, string> };

export interface ScriptedService {
  url: string;
  requests: ServiceRequest[];
  close: () => Promise<void>;
}

async function startService(
  answer: (request: ServiceRequest, nth: number) => ServiceAnswer,
): Promise<ScriptedService> {
  const requests: ServiceRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method = '', url: path = '', headers } = incoming;
      const request = { method, path, headers, body: text === '' ? null : (JSON.parse(text) as unknown) };
      requests.push(request);
      const answered = answer(request, requests.length);
      if (answered === 'hang up') incoming.socket.destroy();
      if (typeof answered === 'string') return;
      const { status, body } = answered;
      outgoing.writeHead(status, { 'content-type': 'application/json', ...answered.headers });
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/api`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Gives `use` a service that is gone afterwards. */
export async function withService<Result>(
  answer: (request: ServiceRequest, nth: number) => ServiceAnswer,
  use: (service: ScriptedService) => Promise<Result>,
): Promise<Result> {
  const service = await startService(answer);
  try {
    return await use(service);
  } finally {
    await service.close();
  }
}

export const ok = (body: unknown): ServiceAnswer => ({ status: 200, body });

export function jobStatus(changes: Partial<Record<keyof JobStatus, unknown>> = {}): Record<string, unknown> {
  return {
    job_id: 'job-1',
    command: 'verify',
    status: 'running',
    attempt: 1,
    created_at: '2026-11-20T10:00:00Z',
    started_at: null,
    completed_at: null,
    source: 'postgresql://***@old:5432/shop',
    target: 'postgresql://***@new:5432/shop',
    progress: null,
    result: null,
    error: null,
    error_code: null,
    ...changes,
  };
}
