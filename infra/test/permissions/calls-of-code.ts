/**
 * Which calls to AWS a program makes: it is bundled from its entry point, so that only what it reaches counts, with
 * every library left outside, and the SDK's commands are read off the imports that remain.
 */
import { build, type Plugin } from 'esbuild';

const SDK_CLIENT = /import\s*\{([^}]*)\}\s*from\s*"@aws-sdk\/client-([a-z0-9-]+)"/g;

/** What IAM calls the service of a client, where the names differ. */
const services: Readonly<Record<string, string>> = {
  'cloudwatch-logs': 'logs',
  dynamodb: 'dynamodb',
  ec2: 'ec2',
  kms: 'kms',
  ssm: 'ssm',
};

/** Calls that IAM decides as others. */
const decidedAs: Readonly<Record<string, readonly string[]>> = {
  'dynamodb:TransactWriteItems': ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  'dynamodb:TransactGetItems': ['dynamodb:GetItem'],
  'ec2:RunInstances': ['ec2:RunInstances', 'ec2:CreateTags', 'iam:PassRole'],
};

/** IAM actions, as `dynamodb:UpdateItem`, in order. @throws Error for a call that is hidden from this reading. */
export async function callsOfCode(entryPoint: string): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    plugins: [keepLibrariesOutside],
  });
  const code = outputFiles.map(({ text }) => text).join('\n');
  refuseHiddenCalls(code);
  const ownCode = code.replaceAll(SDK_CLIENT, '');
  const actions = [...code.matchAll(SDK_CLIENT)].flatMap(([, names = '', client = '']) => {
    const service = services[client];
    if (service === undefined)
      throw new Error(`What does IAM call the service of @aws-sdk/client-${client}?`);
    return usedNames(names, ownCode)
      .flatMap(commandsIn)
      .map((command) => `${service}:${command}`);
  });
  return [...new Set(actions.flatMap((action) => decidedAs[action] ?? [action]))].sort();
}

const keepLibrariesOutside: Plugin = {
  name: 'keep-libraries-outside',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@seren-replicator/') ? null : { path, external: true },
    );
  },
};

/** The names by which the SDK knows what is used: imports stay behind when the code that used them was left out. */
function usedNames(imports: string, code: string): string[] {
  return imports.split(',').flatMap((item) => {
    const [name = '', , alias = name] = item.trim().split(/\s+/);
    return new RegExp(`\\b${alias}\\b`).test(code) ? [name] : [];
  });
}

function commandsIn(name: string): string[] {
  if (name.endsWith('Command')) return [name.slice(0, -'Command'.length)];
  if (name.startsWith('paginate')) return [name.slice('paginate'.length)];
  if (name.startsWith('waitUntil')) throw new Error(`Which calls does ${name} make?`);
  return [];
}

/** Clients that make calls of their own, and imports whose names cannot be read. */
function refuseHiddenCalls(code: string): void {
  for (const hidden of [
    /import\s*\(\s*"@aws-sdk\/client-[^"]+"\s*\)/,
    /import\s*\*\s*as\s+\w+\s+from\s*"@aws-sdk\/client-[^"]+"/,
    /"@aws-sdk\/lib-[^"]+"/,
    /"@aws-lambda-powertools\/(?:parameters|idempotency)[^"]*"/,
  ]) {
    const found = hidden.exec(code);
    if (found !== null) throw new Error(`Calls to AWS cannot be read off ${found[0]}.`);
  }
}
