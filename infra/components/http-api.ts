import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { createLogGroup } from './log-group.ts';
import type { StorageKey } from './storage-key.ts';

export interface HttpApiArgs {
  /** Name in AWS. */
  apiName: string;
  accessLogGroupName: string;
  handler: aws.lambda.Function;
  storageKey: StorageKey;
  /** Requests at once and a second, over all callers. */
  burst: number;
  rate: number;
  /** Origins of browsers that may call; none without. */
  corsOrigins: readonly string[];
  domain?: { name: string; certificateArn: string } | undefined;
}

/** The routes of `packages/coordinator/src/api/routes.ts`; a test compares them. Anything else never reaches us. */
const routes = [
  'GET /health',
  'GET /openapi.json',
  'GET /jobs',
  'POST /jobs',
  'GET /jobs/{job_id}',
  'GET /jobs/{job_id}/logs',
  'POST /jobs/{job_id}/cancel',
  'POST /jobs/{job_id}/retry',
] as const;

/** Beyond what any request takes; API Gateway gives up after 30 seconds. */
const INTEGRATION_TIMEOUT_MS = 29_000;
const CORS_MAX_AGE_SECONDS = 3_600;

/** Who asked for what, and what came of it; no header and no body, which hold credentials. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  userAgent: '$context.identity.userAgent',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});

/** The HTTP API in front of the API's function. */
export class HttpApi extends pulumi.ComponentResource {
  readonly api: aws.apigatewayv2.Api;
  /** As `https://…`, without a slash at the end. */
  readonly url: pulumi.Output<string>;
  /** Where a CNAME for the domain has to point; undefined without a domain. */
  readonly domainTarget: pulumi.Output<string> | undefined;

  constructor(name: string, args: HttpApiArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:HttpApi', name, {}, options);
    this.api = new aws.apigatewayv2.Api(
      name,
      {
        name: args.apiName,
        protocolType: 'HTTP',
        // With a domain the default address would be a second way in.
        disableExecuteApiEndpoint: args.domain !== undefined,
        ...(args.corsOrigins.length === 0 ? {} : { corsConfiguration: corsFor(args.corsOrigins) }),
      },
      { parent: this },
    );
    this.#createRoutes(name, args.handler);
    const stage = this.#createStage(name, args);
    const domain = args.domain === undefined ? undefined : this.#createDomain(name, args.domain, stage);
    this.url =
      args.domain === undefined ? this.api.apiEndpoint : pulumi.output(`https://${args.domain.name}`);
    this.domainTarget = domain?.domainNameConfiguration.targetDomainName;
    this.registerOutputs({ url: this.url });
  }

  #createRoutes(name: string, handler: aws.lambda.Function): void {
    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: this.api.id,
        integrationType: 'AWS_PROXY',
        integrationUri: handler.arn,
        payloadFormatVersion: '2.0',
        timeoutMilliseconds: INTEGRATION_TIMEOUT_MS,
      },
      { parent: this },
    );
    for (const routeKey of routes) {
      new aws.apigatewayv2.Route(
        `${name}-${routeKey.replaceAll(/[^a-z0-9]+/gi, '-').replace(/-$/, '')}`,
        {
          apiId: this.api.id,
          routeKey,
          target: pulumi.interpolate`integrations/${integration.id}`,
          // Keys are checked by the function: it knows whose they are.
          authorizationType: 'NONE',
        },
        { parent: this },
      );
    }
    new aws.lambda.Permission(
      name,
      {
        function: handler.name,
        action: 'lambda:InvokeFunction',
        principal: 'apigateway.amazonaws.com',
        sourceArn: pulumi.interpolate`${this.api.executionArn}/*/*`,
      },
      { parent: this },
    );
  }

  #createStage(name: string, args: HttpApiArgs): aws.apigatewayv2.Stage {
    const logGroup = createLogGroup(
      name,
      { logGroupName: args.accessLogGroupName, storageKey: args.storageKey },
      { parent: this },
    );
    return new aws.apigatewayv2.Stage(
      name,
      {
        apiId: this.api.id,
        name: '$default',
        autoDeploy: true,
        defaultRouteSettings: {
          throttlingBurstLimit: args.burst,
          throttlingRateLimit: args.rate,
          detailedMetricsEnabled: true,
        },
        accessLogSettings: { destinationArn: logGroup.arn, format: ACCESS_LOG_FORMAT },
      },
      { parent: this },
    );
  }

  #createDomain(
    name: string,
    domain: { name: string; certificateArn: string },
    stage: aws.apigatewayv2.Stage,
  ): aws.apigatewayv2.DomainName {
    const domainName = new aws.apigatewayv2.DomainName(
      name,
      {
        domainName: domain.name,
        domainNameConfiguration: {
          certificateArn: domain.certificateArn,
          endpointType: 'REGIONAL',
          securityPolicy: 'TLS_1_2',
        },
      },
      { parent: this },
    );
    new aws.apigatewayv2.ApiMapping(
      name,
      { apiId: this.api.id, domainName: domainName.id, stage: stage.id },
      { parent: this },
    );
    return domainName;
  }
}

function corsFor(origins: readonly string[]): aws.types.input.apigatewayv2.ApiCorsConfiguration {
  return {
    allowOrigins: [...origins],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['content-type', 'idempotency-key', 'x-api-key'],
    exposeHeaders: ['retry-after'],
    maxAge: CORS_MAX_AGE_SECONDS,
  };
}
