/** Third octets: private subnets of 4,096 addresses from 0, public ones of 256 from 240. */
const PRIVATE_STEP = 16;
const PUBLIC_START = 240;

/** One subnet of a /16, as `10.60.16.0/20`. */
export function subnetCidr(vpcCidr: string, kind: 'private' | 'public', index: number): string {
  const [first = '', second = ''] = vpcCidr.split('.');
  return kind === 'private'
    ? `${first}.${second}.${index * PRIVATE_STEP}.0/20`
    : `${first}.${second}.${PUBLIC_START + index}.0/24`;
}
