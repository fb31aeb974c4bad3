/**
 * Workers as instances of EC2, one for an attempt of a job. The launch template says what a worker is (image, role,
 * network, metadata); what differs from job to job are the type, the subnet and three tags, two of which tell the
 * worker which job is its.
 *
 * `ClientToken` makes a start that is asked for again the same start: it names job, attempt and choice, because a
 * token that is used again with other parameters is refused. Two passes that overlap while capacity comes and goes may
 * so end with two machines for one attempt; one of them gets the claim, the other one's worker ends it.
 *
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
import {
  DescribeInstancesCommand,
  EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type EC2ClientConfig,
  type Filter,
  type Instance,
} from '@aws-sdk/client-ec2';
import { ReplicatorError } from '@seren-replicator/job-models';
import { createHash } from 'node:crypto';
import type { Log } from '../log.ts';
import type { WorkerFleet, WorkerMachine, WorkOrder } from '../reconciler/worker-fleet.ts';
import { machineChoices, type MachineChoice } from './machine-choices.ts';
import { isMissingCapacity, SkipCapacityRetries } from './skip-capacity-retries.ts';

const MANAGED_BY_TAG = 'ManagedBy';
const JOB_TAG = 'JobId';
const ATTEMPT_TAG = 'Attempt';
const MAX_TRIES = 4;
const PAGE_SIZE = 500;

interface Ec2FleetSettings {
  launchTemplateName: string;
  /** One for each zone. */
  subnetIds: readonly string[];
  /** Value of the tag `ManagedBy`: a machine without it is somebody else's, and is neither listed nor ended. */
  managedBy: string;
}

interface FleetDeps {
  client: EC2Client;
  settings: Ec2FleetSettings;
  log: Log;
}

/** The client for the fleet; it is tried again on throttling and faults, not on a lack of capacity. */
export function createEc2Client(config: EC2ClientConfig): EC2Client {
  return new EC2Client({ ...config, retryStrategy: new SkipCapacityRetries(MAX_TRIES) });
}

export function ec2WorkerFleet(deps: FleetDeps): WorkerFleet {
  return {
    start: (work) => startMachine(deps, work),
    list: () => listMachines(deps),
    stop: (machineId) => terminateMachine(deps, machineId),
  };
}

async function startMachine({ client, settings, log }: FleetDeps, work: WorkOrder): Promise<void> {
  const { jobId, attempt } = work;
  let refusal: unknown;
  for (const choice of machineChoices(work, settings.subnetIds)) {
    try {
      const { Instances = [] } = await client.send(runInstances(settings, work, choice));
      log.info({ jobId, attempt, ...choice, machineId: Instances[0]?.InstanceId }, 'machine started');
      return;
    } catch (error) {
      if (isStartedOtherwise(error)) return;
      if (!isMissingCapacity(error)) throw error;
      log.warn({ jobId, attempt, ...choice, reason: (error as Error).name }, 'no capacity');
      refusal = error;
    }
  }
  throw new ReplicatorError('worker_start_failed', 'EC2 has no machine for this job now.', {
    cause: refusal,
  });
}

function runInstances(settings: Ec2FleetSettings, work: WorkOrder, choice: MachineChoice) {
  const tags = {
    [MANAGED_BY_TAG]: settings.managedBy,
    [JOB_TAG]: work.jobId,
    [ATTEMPT_TAG]: String(work.attempt),
    Name: `${settings.managedBy} ${work.jobId}`,
  };
  return new RunInstancesCommand({
    LaunchTemplate: { LaunchTemplateName: settings.launchTemplateName },
    InstanceType: choice.instanceType as Instance['InstanceType'],
    SubnetId: choice.subnetId,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: clientToken(work, choice),
    TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({
      ResourceType,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  });
}

/** At most 64 characters. */
function clientToken({ jobId, attempt }: WorkOrder, { instanceType, subnetId }: MachineChoice): string {
  const choice = createHash('sha256').update(`${instanceType} ${subnetId}`).digest('hex').slice(0, 12);
  return `${jobId}-${attempt}-${choice}`;
}

/** The same choice was started before, when something else about a start was different: a release came between. */
function isStartedOtherwise(error: unknown): boolean {
  return error instanceof Error && error.name === 'IdempotentParameterMismatch';
}

async function listMachines({ client, settings }: FleetDeps): Promise<WorkerMachine[]> {
  const machines: WorkerMachine[] = [];
  const pages = paginateDescribeInstances({ client, pageSize: PAGE_SIZE }, { Filters: filters(settings) });
  for await (const { Reservations = [] } of pages) {
    machines.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(toMachine)));
  }
  return machines;
}

/** Of what carries our tag, only workers have a job: an image that is being built has none, and is left alone. */
function filters({ managedBy }: Ec2FleetSettings): Filter[] {
  return [
    { Name: `tag:${MANAGED_BY_TAG}`, Values: [managedBy] },
    { Name: 'tag-key', Values: [JOB_TAG] },
  ];
}

/**
 * A machine that is stopped, or on its way down, may still write or be started again: only a terminated one is gone.
 */
function toMachine({ InstanceId = '', State, Tags = [] }: Instance): WorkerMachine {
  const tag = (key: string): string => Tags.find(({ Key }) => Key === key)?.Value ?? '';
  return {
    machineId: InstanceId,
    jobId: tag(JOB_TAG),
    attempt: Number(tag(ATTEMPT_TAG)),
    state: State?.Name === 'terminated' ? 'gone' : 'alive',
  };
}

async function terminateMachine({ client, settings }: FleetDeps, machineId: string): Promise<void> {
  const Filters = [...filters(settings), { Name: 'instance-id', Values: [machineId] }];
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
  if (Reservations.length === 0) return;
  await client.send(new TerminateInstancesCommand({ InstanceIds: [machineId] }));
}
