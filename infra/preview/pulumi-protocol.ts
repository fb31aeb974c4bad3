/**
 * The few messages of Pulumi's protocol that our engine speaks, from the stubs that the SDK ships. They are
 * CommonJS without usable types, and must be the very ones that the SDK loads; hence this one place that names them.
 *
 * https://github.com/pulumi/pulumi/tree/master/proto/pulumi
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { createRequire } from 'node:module';

const fromSdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi/package.json'));

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

export interface RegisterResourceRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getObject(): Struct | undefined;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
  getProvider(): string;
}

export interface RegisterResourceOutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

export interface InvokeRequest {
  getTok(): string;
  getArgs(): Struct | undefined;
}

export interface LogRequest {
  getSeverity(): number;
  getMessage(): string;
}

interface Message {
  new (): Record<string, (value: unknown) => unknown>;
}

const resource = fromSdk('./proto/resource_pb.js') as Record<string, Message>;
const engine = fromSdk('./proto/engine_pb.js') as Record<string, Message> & {
  LogSeverity: { ERROR: number };
};
const struct = fromSdk('google-protobuf/google/protobuf/struct_pb.js') as {
  Struct: { fromJavaScript(value: object): Struct };
};
const empty = fromSdk('google-protobuf/google/protobuf/empty_pb.js') as { Empty: new () => object };

export const monitorService = (
  fromSdk('./proto/resource_grpc_pb.js') as { ResourceMonitorService: ServiceDefinition }
).ResourceMonitorService;
export const engineService = (fromSdk('./proto/engine_grpc_pb.js') as { EngineService: ServiceDefinition })
  .EngineService;

export const ERROR_SEVERITY = engine.LogSeverity.ERROR;

export const emptyAnswer = (): object => new empty.Empty();

export const supportsFeatureAnswer = (hasSupport: boolean): object =>
  fill(resource, 'SupportsFeatureResponse', { setHassupport: hasSupport });

export const rootResourceAnswer = (urn: string): object =>
  fill(engine, 'GetRootResourceResponse', { setUrn: urn });

export const rootResourceNoted = (): object => fill(engine, 'SetRootResourceResponse', {});

export const registeredAnswer = (answer: { urn: string; id: string; outputs: object }): object =>
  fill(resource, 'RegisterResourceResponse', {
    setUrn: answer.urn,
    setId: answer.id,
    setObject: struct.Struct.fromJavaScript(answer.outputs),
  });

export const invokeAnswer = (value: object): object =>
  fill(resource, 'ResourceInvokeResponse', { setReturn: struct.Struct.fromJavaScript(value) });

function fill(messages: Record<string, Message>, name: string, setters: Record<string, unknown>): object {
  const Constructor = messages[name];
  if (Constructor === undefined) throw new Error(`The SDK has no message ${name} any more.`);
  const message = new Constructor();
  for (const [setter, value] of Object.entries(setters)) message[setter]?.(value);
  return message;
}
