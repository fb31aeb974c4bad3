import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');

export type Stack = 'dev' | 'prod';

/** What `Pulumi.<stack>.yaml` says, by key with its namespace. */
export async function readStackConfig(stack: Stack): Promise<Record<string, unknown>> {
  const text = await readFile(join(root, `Pulumi.${stack}.yaml`), 'utf8');
  return (parse(text) as { config: Record<string, unknown> }).config;
}
