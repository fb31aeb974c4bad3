/** `family` + `.` + `size`, as AWS names its instance types: `m8g.xlarge`, `c7gd.metal-24xl`, `u-6tb1.56xlarge`. */
const INSTANCE_TYPE =
  /^(?:[a-z]+\d+[a-z]*(?:-flex)?|u-\d+tb\d+|mac\d+(?:-m\d\w*)?)\.(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)$/;

export function isInstanceType(text: string): boolean {
  return INSTANCE_TYPE.test(text);
}

/**
 * Graviton families carry a `g` among the letters behind the generation; `a1` was before that rule.
 *
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): 'arm64' | 'x86_64' {
  const family = instanceType.split('.')[0] ?? '';
  return family === 'a1' || /^[a-z]+\d+[a-z]*g/.test(family) ? 'arm64' : 'x86_64';
}
