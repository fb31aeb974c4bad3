import { architectureOf } from './instance-type.ts';
import type { StackConfig } from './config-schema.ts';
import type { ConfigProblem } from './config-problem.ts';

/** Fields that are each fine and cannot be meant together. */
export function findContradictions(config: StackConfig, stackName: string): ConfigProblem[] {
  return [
    ...findStageProblems(config, stackName),
    ...findNetworkProblems(config),
    ...findMachineProblems(config),
    ...findDuplicates('api.keys', config.api.keys),
  ];
}

function findStageProblems({ stage, alarms }: StackConfig, stackName: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (stage !== stackName) {
    problems.push({
      path: 'stage',
      message: `is "${stage}", but the stack is "${stackName}"; they must be the same`,
    });
  }
  if (stage === 'prod' && alarms.email === undefined) {
    problems.push({
      path: 'alarms.email',
      message: 'is missing: nobody would be told when production fails',
    });
  }
  return problems;
}

function findNetworkProblems({ network, database, bastion }: StackConfig): ConfigProblem[] {
  if (network.mode === 'private') return [];
  const onlyPrivate = ['cidr', 'zones', 'natPerZone'] as const;
  const meaningless = onlyPrivate.filter((field) => network[field] !== undefined);
  const homeless = [
    ...(database === undefined ? [] : ['database']),
    ...(bastion === undefined ? [] : ['bastion']),
  ];
  return [
    ...meaningless.map((field) => ({
      path: `network.${field}`,
      message: 'means something for network.mode "private" alone; the default VPC is as it is',
    })),
    ...homeless.map((path) => ({
      path,
      message: 'needs private subnets: set network.mode to "private"',
    })),
  ];
}

function findMachineProblems({ bastion, network, database, targets }: StackConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (bastion !== undefined && architectureOf(bastion.instanceType) !== 'arm64') {
    problems.push({
      path: 'bastion.instanceType',
      message: `${bastion.instanceType} is not arm64, as the bastion's image is; t4g.nano is enough`,
    });
  }
  if (database !== undefined && network.mode === 'private' && !targets.allowPrivateAddresses) {
    problems.push({
      path: 'targets.allowPrivateAddresses',
      message: "must be true with a database of the stack's own: its address is private",
    });
  }
  return problems;
}

function findDuplicates(path: string, names: readonly string[]): ConfigProblem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: `${path}.${index}`, message: `"${name}" is there twice` }],
  );
}
