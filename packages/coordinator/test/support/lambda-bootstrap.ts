/**
 * What Lambda's Node.js runtime does with a function: imports it, asks the Runtime API for one event after the other,
 * and sends back what the handler answers or throws.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';

interface LambdaFunction {
  handler: (event: unknown, context: object) => Promise<unknown>;
}

const api = `http://${env['AWS_LAMBDA_RUNTIME_API'] ?? ''}/2018-06-01/runtime`;
const [, , directory = ''] = argv;

const send = (path: string, body: unknown) =>
  fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
const describe = (error: unknown) =>
  error instanceof Error ? { errorType: error.name, errorMessage: error.message } : { errorType: 'unknown' };

async function load(): Promise<LambdaFunction> {
  const start = performance.now();
  try {
    const loaded = (await import(join(directory, 'index.js'))) as LambdaFunction;
    await send('test/loaded', { ms: performance.now() - start });
    return loaded;
  } catch (error) {
    await send('init/error', describe(error));
    exit(1);
  }
}

const { handler } = await load();
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const requestId = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  env['_X_AMZN_TRACE_ID'] = next.headers.get('lambda-runtime-trace-id') ?? '';
  try {
    const answer = await handler(await next.json(), { awsRequestId: requestId });
    await send(`invocation/${requestId}/response`, answer);
  } catch (error) {
    await send(`invocation/${requestId}/error`, describe(error));
  }
}
