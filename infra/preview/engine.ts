/** An engine for one run of the program: accepts what it registers, and keeps nothing but the graph. */
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Account } from './account.ts';
import { answerLookup } from './answer-lookup.ts';
import { decodeProperties, secretOnTheWire } from './decode-properties.ts';
import { computeOutputs } from './compute-outputs.ts';
import * as protocol from './pulumi-protocol.ts';
import type { ResourceGraph } from './resource-graph.ts';

const STACK_TYPE = 'pulumi:pulumi:Stack';

export interface Engine {
  address: string;
  graph: ResourceGraph;
  errors: string[];
  stop: () => Promise<void>;
}

export interface EngineInput {
  stack: string;
  account: Account;
  isPreview: boolean;
}

export async function startEngine(input: EngineInput): Promise<Engine> {
  const graph: ResourceGraph = {
    resources: [],
    invocations: [],
    stackOutputs: {},
    stackSecretPaths: [],
  };
  const errors: string[] = [];
  const server = new Server();
  server.addService(protocol.monitorService, monitorMethods(input, graph));
  server.addService(protocol.engineService, engineMethods(errors));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    graph,
    errors,
    stop: async () => server.forceShutdown(),
  };
}

function monitorMethods(input: EngineInput, graph: ResourceGraph): UntypedServiceImplementation {
  return {
    // Without output values: what is unknown comes as one text, wherever it stands.
    supportsFeature: answer((request: { getId(): string }) =>
      protocol.supportsFeatureAnswer(request.getId() === 'secrets'),
    ),
    registerResource: answer((request: protocol.RegisterResourceRequest) =>
      registerResource(request, input, graph),
    ),
    registerResourceOutputs: answer((request: protocol.RegisterResourceOutputsRequest) => {
      if (request.getUrn().includes(STACK_TYPE)) {
        const { properties, secretPaths } = decodeProperties(request.getOutputs()?.toJavaScript() ?? {});
        Object.assign(graph.stackOutputs, properties);
        graph.stackSecretPaths.push(...secretPaths);
      }
      return protocol.emptyAnswer();
    }),
    invoke: answer((request: protocol.InvokeRequest) => {
      const { properties } = decodeProperties(request.getArgs()?.toJavaScript() ?? {});
      const lookup = { function: request.getTok(), arguments: properties };
      graph.invocations.push(lookup);
      return protocol.invokeAnswer(answerLookup(lookup, input.account));
    }),
    signalAndWaitForShutdown: answer(() => protocol.emptyAnswer()),
  };
}

function registerResource(
  request: protocol.RegisterResourceRequest,
  { stack, account, isPreview }: EngineInput,
  graph: ResourceGraph,
): object {
  const type = request.getType();
  const name = request.getName();
  const urn = `urn:pulumi:${stack}::seren-replicator::${type}::${name}`;
  const { properties, secretPaths } = decodeProperties(request.getObject()?.toJavaScript() ?? {});
  const isCustom = request.getCustom();
  const computed = isCustom
    ? computeOutputs({ type, name, properties }, account)
    : { id: '', outputs: {}, secrets: [] };
  const outputs = { ...properties, ...(isPreview ? {} : computed.outputs) };
  graph.resources.push({
    urn,
    type,
    name,
    parent: request.getParent(),
    isCustom,
    isProtected: request.getProtect() ?? false,
    retainsOnDelete: request.getRetainondelete() ?? false,
    ignoredChanges: request.getIgnorechangesList(),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    properties,
    secretPaths,
    outputs: { id: computed.id, ...outputs },
  });
  const secretNames = new Set([...secretPaths.map((path) => path.split('.')[0]), ...computed.secrets]);
  const onTheWire = Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [
      key,
      secretNames.has(key) ? secretOnTheWire(value) : value,
    ]),
  );
  return protocol.registeredAnswer({ urn, id: isPreview ? '' : computed.id, outputs: onTheWire });
}

function engineMethods(errors: string[]): UntypedServiceImplementation {
  let rootUrn = '';
  return {
    log: answer((request: protocol.LogRequest) => {
      if (request.getSeverity() === protocol.ERROR_SEVERITY) errors.push(request.getMessage());
      return protocol.emptyAnswer();
    }),
    getRootResource: answer(() => protocol.rootResourceAnswer(rootUrn)),
    setRootResource: answer((request: { getUrn(): string }) => {
      rootUrn = request.getUrn();
      return protocol.rootResourceNoted();
    }),
  };
}

/** One unary method; what it throws reaches the program as a failed call. */
function answer<Request>(handle: (request: Request) => object) {
  return (call: ServerUnaryCall<Request, object>, callback: sendUnaryData<object>): void => {
    try {
      callback(null, handle(call.request));
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
