import { paginateGetParametersByPath, SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

/** Values of the parameters directly below a path, by the last part of their names. */
export type ReadParameters = (path: string) => Promise<ReadonlyMap<string, string>>;

/** For a start that waits for it: soon given up on, and tried again. */
const CLIENT_SETTINGS = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};

/** From Parameter Store. The client is made when it is asked, with what the environment says by then. */
export function parameterStore(config: SSMClientConfig = {}): ReadParameters {
  return async (path) => {
    const client = new SSMClient({ ...CLIENT_SETTINGS, ...config });
    const values = new Map<string, string>();
    try {
      for await (const { Parameters = [] } of paginateGetParametersByPath(
        { client },
        { Path: path, WithDecryption: true },
      )) {
        for (const { Name = '', Value } of Parameters) {
          if (Value !== undefined) values.set(Name.split('/').at(-1) ?? '', Value);
        }
      }
    } finally {
      client.destroy();
    }
    return values;
  };
}
