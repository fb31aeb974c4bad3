import type { Account, Image } from './account.ts';
import type { Invocation } from './resource-graph.ts';

interface Filter {
  name: string;
  values: string[];
}

/** What AWS would say in this account. @throws Error for a lookup that the program did not make before. */
export function answerLookup({ function: name, arguments: input }: Invocation, account: Account): object {
  switch (name) {
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return {
        accountId: account.accountId,
        arn: `arn:aws:iam::${account.accountId}:role/deployer`,
        id: account.accountId,
        userId: 'AROAEXAMPLE:deployer',
      };
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { names: account.zones, zoneIds: account.zones, id: account.region, groupNames: [] };
    case 'aws:ec2/getVpc:getVpc':
      return { id: 'vpc-0de00000000000000', cidrBlock: '172.31.0.0/16', ...input };
    case 'aws:ec2/getSubnets:getSubnets':
      return { id: account.region, ids: account.zones.map((_, index) => `subnet-0de0000000000000${index}`) };
    case 'aws:ec2/getAmiIds:getAmiIds':
      return {
        id: 'images',
        ids: account.images
          .filter((image) => (input['filters'] as Filter[]).every((filter) => matches(image, filter)))
          .map((image) => image.id),
      };
    case 'aws:ssm/getParameter:getParameter':
      return { id: input['name'], name: input['name'], value: 'ami-0linux2023', type: 'String' };
    default:
      throw new Error(`This account does not know the lookup ${name}.`);
  }
}

function matches(image: Image, { name, values }: Filter): boolean {
  if (name === 'state' || name === 'virtualization-type') return true;
  if (name.startsWith('tag:')) return values.includes(image.tags[name.slice(4)] ?? '');
  if (name === 'image-id') return values.includes(image.id);
  if (name === 'architecture') return values.includes(image.architecture);
  if (name === 'name') {
    return values.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(image.name));
  }
  throw new Error(`This account does not know the filter ${name}.`);
}
