/**
 * What may be started for a job, in the order in which it is tried: each instance type in each subnet, so that a type
 * that is scarce everywhere costs no more than a try for each zone.
 */
import { chooseMachine } from '@seren-replicator/job-models';
import { createHash } from 'node:crypto';
import type { WorkOrder } from '../reconciler/worker-fleet.ts';

export interface MachineChoice {
  instanceType: string;
  subnetId: string;
}

export function machineChoices(work: WorkOrder, subnetIds: readonly string[]): MachineChoice[] {
  const { instanceType: preferred, alternatives } = chooseMachine(work.estimatedSizeBytes);
  const subnets = rotate(subnetIds, work.jobId);
  return [preferred, ...alternatives].flatMap((instanceType) =>
    subnets.map((subnetId) => ({ instanceType, subnetId })),
  );
}

/** The same order for a job each time, and the jobs spread over the zones. */
function rotate(subnetIds: readonly string[], jobId: string): string[] {
  const first = createHash('sha256').update(jobId).digest().readUInt16BE() % subnetIds.length;
  return [...subnetIds.slice(first), ...subnetIds.slice(0, first)];
}
