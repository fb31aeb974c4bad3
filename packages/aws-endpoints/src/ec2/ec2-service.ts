/**
 * EC2's instances: started from a launch template once for a client token, listed with a lag, ended.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, AwsService } from '../wire/aws-service.ts';
import { listOf, textOf, textsOf, type QueryInput } from './query-input.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export interface Instance {
  instanceId: string;
  instanceType: string;
  subnetId: string;
  launchTemplate: string;
  tags: Record<string, string>;
  state: InstanceState;
  /** Lists that do not show it yet. */
  hiddenFrom: number;
}

const stateCodes: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export class Ec2Service implements AwsService {
  readonly protocol = 'ec2';
  readonly instances: Instance[] = [];
  readonly #tokens = new Map<string, { parameters: string; instance: Instance }>();
  readonly #launchTemplates = new Map<string, string>();

  /** The code of the error that a start meets, such as `InsufficientInstanceCapacity`; null: it succeeds. */
  refuse: (start: { instanceType: string; subnetId: string }) => string | null = () => null;
  /** How many lists do not show a new instance: EC2 is eventually consistent. */
  listLag = 0;

  createLaunchTemplate(name: string, defaults: { instanceType: string }): void {
    this.#launchTemplates.set(name, defaults.instanceType);
  }

  /** An instance that nobody started through this API: somebody else's. */
  addInstance(tags: Record<string, string>): Instance {
    return this.#add({ instanceType: 'm7i.large', subnetId: 'subnet-other', launchTemplate: '', tags });
  }

  call({ action, input }: AwsCall): Record<string, unknown> {
    switch (action) {
      case 'RunInstances':
        return this.#run(input);
      case 'DescribeInstances':
        return this.#describe(input);
      case 'TerminateInstances':
        return this.#terminate(textsOf(input, 'InstanceId'));
      default:
        throw new AwsError('InvalidAction', `EC2 here has no ${action}.`);
    }
  }

  #run(input: QueryInput): Record<string, unknown> {
    const parameters = JSON.stringify(
      Object.entries(input)
        .filter(([name]) => name !== 'ClientToken')
        .sort(),
    );
    const token = textOf(input, 'ClientToken') ?? randomBytes(8).toString('hex');
    if (token.length > 64) throw new AwsError('InvalidParameterValue', 'ClientToken is too long.');
    const known = this.#tokens.get(token);
    if (known !== undefined) {
      if (known.parameters === parameters) return { instancesSet: [describe(known.instance)] };
      throw new AwsError('IdempotentParameterMismatch', 'The client token was used with other parameters.');
    }
    const instance = this.#start(input);
    this.#tokens.set(token, { parameters, instance });
    return { reservationId: 'r-local', instancesSet: [describe(instance)] };
  }

  #start(input: QueryInput): Instance {
    const template = textOf(input, 'LaunchTemplate.LaunchTemplateName') ?? '';
    const defaultType = this.#launchTemplates.get(template);
    if (defaultType === undefined) {
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        `There is no launch template ${template}.`,
      );
    }
    if (textOf(input, 'MinCount') !== '1' || textOf(input, 'MaxCount') !== '1') {
      throw new AwsError('InvalidParameterValue', 'Here instances are started one by one.');
    }
    const instanceType = textOf(input, 'InstanceType') ?? defaultType;
    const subnetId = textOf(input, 'SubnetId') ?? 'subnet-default';
    const refusal = this.refuse({ instanceType, subnetId });
    if (refusal !== null)
      throw new AwsError(refusal, `No ${instanceType} in ${subnetId}.`, statusOf(refusal));
    const tags = listOf(input, 'TagSpecification')
      .filter((specification) => textOf(specification, 'ResourceType') === 'instance')
      .flatMap((specification) => listOf(specification, 'Tag'))
      .map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']);
    return this.#add({
      instanceType,
      subnetId,
      launchTemplate: template,
      tags: Object.fromEntries(tags) as Record<string, string>,
    });
  }

  #add(instance: Pick<Instance, 'instanceType' | 'subnetId' | 'launchTemplate' | 'tags'>): Instance {
    const instanceId = `i-${randomBytes(9).toString('hex').slice(0, 17)}`;
    const added: Instance = { ...instance, instanceId, state: 'pending', hiddenFrom: this.listLag };
    this.instances.push(added);
    return added;
  }

  #describe(input: QueryInput): Record<string, unknown> {
    const ids = textsOf(input, 'InstanceId');
    const filters = listOf(input, 'Filter');
    const limit = Number(textOf(input, 'MaxResults') ?? '1000');
    const start = Number(textOf(input, 'NextToken') ?? '0');
    const found = this.instances.filter(
      (instance) =>
        isVisible(instance) &&
        (ids.length === 0 || ids.includes(instance.instanceId)) &&
        filters.every((filter) => satisfies(instance, filter)),
    );
    const page = found.slice(start, start + limit);
    const reservationSet = page.map((instance) => ({
      reservationId: `r-${instance.instanceId.slice(2)}`,
      instancesSet: [describe(instance)],
    }));
    page.forEach(advance);
    return { reservationSet, ...(start + limit < found.length ? { nextToken: String(start + limit) } : {}) };
  }

  #terminate(ids: string[]): Record<string, unknown> {
    const instances = ids.map((id) => {
      const instance = this.instances.find((each) => each.instanceId === id);
      if (instance === undefined) throw new AwsError('InvalidInstanceID.NotFound', `There is no ${id}.`);
      return instance;
    });
    for (const instance of instances) if (instance.state !== 'terminated') instance.state = 'shutting-down';
    return {
      instancesSet: instances.map((instance) => ({
        instanceId: instance.instanceId,
        currentState: stateOf(instance),
      })),
    };
  }
}

function isVisible(instance: Instance): boolean {
  if (instance.hiddenFrom === 0) return true;
  instance.hiddenFrom -= 1;
  return false;
}

/** Each list that shows it finds an instance a step further. */
function advance(instance: Instance): void {
  if (instance.state === 'pending') instance.state = 'running';
  if (instance.state === 'shutting-down') instance.state = 'terminated';
}

function satisfies(instance: Instance, filter: QueryInput): boolean {
  const name = textOf(filter, 'Name') ?? '';
  const values = textsOf(filter, 'Value');
  if (name === 'instance-state-name') return values.includes(instance.state);
  if (name === 'instance-id') return values.includes(instance.instanceId);
  if (name === 'tag-key') return values.some((key) => Object.hasOwn(instance.tags, key));
  if (!name.startsWith('tag:'))
    throw new AwsError('InvalidParameterValue', `There is no filter ${name} here.`);
  const tag = instance.tags[name.slice(4)];
  return tag !== undefined && values.includes(tag);
}

function describe(instance: Instance): Record<string, unknown> {
  const { instanceId, instanceType, subnetId, tags } = instance;
  return {
    instanceId,
    instanceType,
    subnetId,
    instanceState: stateOf(instance),
    tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}

function stateOf({ state }: Instance): Record<string, unknown> {
  return { code: stateCodes[state], name: state };
}

/** Of EC2's errors about capacity the client sees a fault of the server. */
function statusOf(code: string): number {
  return code === 'InsufficientInstanceCapacity' ? 500 : 400;
}
