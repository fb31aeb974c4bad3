/** A bundle run as Lambda runs it: in a process of its own, which is stopped between invocations. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export const bundleOf = (name: 'api' | 'reconciler'): string => join(import.meta.dirname, '../../dist', name);

/** What a handler threw, or why the function could not be loaded. */
export class LambdaError extends Error {
  override readonly name = 'LambdaError';
}

interface Invocation {
  id: string;
  event: unknown;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

export class LambdaProcess {
  /** How long the import of the bundle took. */
  importMs = 0;
  /** What went to X-Ray's daemon. */
  traces = '';
  readonly #child: ChildProcess;
  readonly #release: () => void;
  #output = '';
  #waiting: ((invocation: Invocation) => void) | null = null;
  #queued: Invocation | null = null;
  #current: Invocation | null = null;
  #initError: LambdaError | null = null;
  #invocations = 0;
  #isStopped = false;

  private constructor(child: ChildProcess, release: () => void) {
    this.#child = child;
    this.#release = release;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  static async start(
    name: 'api' | 'reconciler',
    environment: Record<string, string>,
  ): Promise<LambdaProcess> {
    const started: { process?: LambdaProcess } = {};
    const server = createServer((request, response) => {
      void started.process?.answer(request, response);
    }).listen(0, '127.0.0.1');
    const daemon = createSocket('udp4').bind(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(daemon, 'listening')]);
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'lambda-bootstrap.ts'),
        bundleOf(name),
      ],
      {
        env: {
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
          AWS_LAMBDA_FUNCTION_NAME: `seren-replication-${name}`,
          LAMBDA_TASK_ROOT: bundleOf(name),
          AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
          AWS_REGION: 'us-east-1',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const lambda = new LambdaProcess(child, () => {
      server.closeAllConnections();
      server.close();
      daemon.close();
    });
    started.process = lambda;
    daemon.on('message', (message) => (lambda.traces += `${message.toString()}\n`));
    return lambda;
  }

  /** Everything that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Invokes the handler; once it has answered the process is stopped until the next event. */
  invoke(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#initError !== null) {
        reject(this.#initError);
        return;
      }
      const id = `request-${(this.#invocations += 1)}`;
      const invocation: Invocation = { id, event, resolve, reject };
      this.#child.kill('SIGCONT');
      this.#queued = invocation;
      this.#deliver();
    });
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await ended;
    }
    this.#release();
  }

  /** The Runtime API. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, id, what] = /runtime\/(\w+)\/([\w-]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (kind === 'invocation' && id === 'next') {
      this.#waiting = (invocation) => {
        response.setHeader('lambda-runtime-aws-request-id', invocation.id);
        response.setHeader(
          'lambda-runtime-trace-id',
          'Root=1-691f7c2a-4b5e1c7f1d3a2b4c5d6e7f80;Parent=53995c3f42cd8ad8;Sampled=1',
        );
        response.end(JSON.stringify(invocation.event));
      };
      this.#deliver();
      return;
    }
    const body = JSON.parse(Buffer.concat((await request.toArray()) as Buffer[]).toString()) as unknown;
    if (kind === 'test') this.importMs = (body as { ms: number }).ms;
    else this.#finish(kind === 'init' ? 'init' : what, body);
    response.end();
  }

  #deliver(): void {
    if (this.#waiting === null || this.#queued === null) return;
    this.#current = this.#queued;
    this.#waiting(this.#queued);
    this.#waiting = null;
    this.#queued = null;
  }

  #finish(what: string | undefined, body: unknown): void {
    const invocation = this.#current ?? this.#queued;
    this.#current = null;
    if (what === 'response') {
      this.#child.kill('SIGSTOP');
      invocation?.resolve(body);
      return;
    }
    const error = new LambdaError(JSON.stringify(body));
    if (what === 'init') this.#initError = error;
    else this.#child.kill('SIGSTOP');
    invocation?.reject(error);
  }
}
