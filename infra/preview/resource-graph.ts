/** What a program asked the engine for: the whole graph of one stack, by property. */
export interface GraphResource {
  urn: string;
  /** As `aws:dynamodb/table:Table`. */
  type: string;
  /** The name in the program; `name` among the properties is the one in AWS. */
  name: string;
  parent: string;
  /** False for components. */
  isCustom: boolean;
  isProtected: boolean;
  retainsOnDelete: boolean;
  ignoredChanges: string[];
  /** URNs of the resources that this one needs. */
  dependencies: string[];
  provider: string;
  properties: Record<string, unknown>;
  secretPaths: string[];
  /** What the program saw of it afterwards, properties included. */
  outputs: Record<string, unknown>;
}

export interface Invocation {
  function: string;
  arguments: Record<string, unknown>;
}

export interface ResourceGraph {
  resources: GraphResource[];
  /** Lookups in the account. */
  invocations: Invocation[];
  stackOutputs: Record<string, unknown>;
  stackSecretPaths: string[];
}
