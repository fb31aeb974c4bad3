import { RunError } from '@pulumi/pulumi';

export interface ConfigProblem {
  /** As it stands in the file: `worker.sizes.0.instanceTypes.1`, `aws:region`. */
  path: string;
  message: string;
}

/** One error with every problem; Pulumi shows a RunError without a stack and creates nothing. */
export function refuseConfig(stackName: string, problems: readonly ConfigProblem[]): RunError {
  const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
  return new RunError(
    `Pulumi.${stackName}.yaml has ${problems.length} problem${problems.length === 1 ? '' : 's'}, nothing was changed:\n${lines.join('\n')}`,
  );
}
