import type { GraphResource, ResourceGraph } from '../../preview/resource-graph.ts';
import { named, ofType, type Mode } from '../stack-graphs.ts';

/** One stack's graph as tests look at it; it is there once the program has run. */
export class GraphView {
  readonly stack: string;
  readonly isProduction: boolean;
  readonly isPrivate: boolean;
  readonly graph: () => ResourceGraph;

  constructor(stack: string, mode: Mode, graph: () => ResourceGraph) {
    this.stack = stack;
    this.isProduction = stack === 'prod';
    this.isPrivate = mode === 'private';
    this.graph = graph;
  }

  all(type: string): GraphResource[] {
    return ofType(this.graph(), type);
  }

  named(type: string, name: string): GraphResource {
    return named(this.graph(), type, name);
  }
}

export interface Rule {
  protocol: string;
  fromPort: number;
  toPort: number;
  cidrBlocks?: string[];
  ipv6CidrBlocks?: string[];
  securityGroups?: string[];
}

export interface TagSpecification {
  tags: { ManagedBy: string };
}

interface Policy {
  Statement: { Sid?: string; Effect: string; Principal: unknown; Condition?: unknown }[];
}

export function policyOf({ properties }: GraphResource): Policy {
  return JSON.parse(String(properties['policy'])) as Policy;
}
