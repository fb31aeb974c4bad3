/**
 * Properties as they travel between a program and the engine, made readable: secrets opened and noted by their path,
 * values that are not known yet as `UNKNOWN`, archives and assets as `{ path }` or `{ text }`.
 *
 * The signatures are those of `runtime/rpc.ts` in pulumi/pulumi.
 */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';
const OUTPUT_VALUE = 'd0e6a833031e9bbcd3f4e8bde6ca49a4';
const UNKNOWN_VALUE = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

const UNKNOWN = '(known after deployment)';

export interface DecodedProperties {
  properties: Record<string, unknown>;
  /** Paths of what is secret, as `value` or `tags.name`. */
  secretPaths: string[];
}

export function decodeProperties(encoded: Record<string, unknown>): DecodedProperties {
  const secretPaths: string[] = [];
  const properties = decodeFields(encoded, '', secretPaths);
  return { properties, secretPaths };
}

function decodeFields(
  fields: Record<string, unknown>,
  path: string,
  secretPaths: string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      decode(value, path === '' ? name : `${path}.${name}`, secretPaths),
    ]),
  );
}

function decode(value: unknown, path: string, secretPaths: string[]): unknown {
  if (value === UNKNOWN_VALUE) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item, index) => decode(item, `${path}.${index}`, secretPaths));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  switch (fields[SIGNATURE]) {
    case SECRET:
      secretPaths.push(path);
      return decode(fields['value'], path, secretPaths);
    case OUTPUT_VALUE:
      if (fields['secret'] === true) secretPaths.push(path);
      return 'value' in fields ? decode(fields['value'], path, secretPaths) : UNKNOWN;
    case ASSET:
    case ARCHIVE: {
      const content = { ...fields };
      Reflect.deleteProperty(content, SIGNATURE);
      return content;
    }
    default:
      return decodeFields(fields, path, secretPaths);
  }
}

export function secretOnTheWire(value: unknown): Record<string, unknown> {
  return { [SIGNATURE]: SECRET, value };
}
