/**
 * Bundles what leaves the checkout: the command line (for npm), the worker (for its machine) and the coordinator's two
 * functions (for Lambda). Each bundle is self-contained under the package's `dist/`. Beside those with the engine lie
 * the embedded pg_dump's program, its module and its WebAssembly, where
 * packages/replication/src/schema/embedded-pg-dump*.ts look for them.
 * Arguments name the bundles to build; without any, all are.
 */
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { unpackPgDump } from '../packages/replication/src/schema/unpack-pg-dump.ts';

const root = join(import.meta.dirname, '..');
const replication = join(root, 'packages/replication');

/** Some dependencies are CommonJS and call `require`, which an ES module does not have. */
const requireShim =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);";

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['pg-native'],
  banner: { js: requireShim },
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * zod's messages in fifty languages, a third of a function's size, of which it uses English, which is not in there. The
 * API's framework takes all of zod; what takes parts of it has none of them anyway.
 */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup: (plugin) => {
    plugin.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/node_modules/zod/') ? { path: 'none', namespace: 'locales' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'locales' }, () => ({ contents: 'export {}' }));
  },
};

const SCHEMA = /^((?:export )?var \w+\$? = )(\[(?:.*\]|[^]*?^\]));$/gm;

/**
 * The SDK describes every call of a service in one file, with computed names, of which esbuild does not know that they
 * do nothing: all 700 calls of EC2 would be in a bundle that makes three. Each description is said to be pure here.
 */
const pureSchemas: Plugin = {
  name: 'pure-schemas',
  setup: (plugin) => {
    plugin.onLoad(
      { filter: /\/@aws-sdk\/client-[\w-]+\/dist-es\/schemas\/schemas_\d+\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replaceAll(SCHEMA, '$1/* @__PURE__ */ (() => $2)();'),
      }),
    );
  },
};

/** Loaded by the SDK in browsers, and where the environment has no credentials; that of a Lambda function always has. */
const loadedElsewhere = [
  'bowser',
  ...['http', 'ini', 'login', 'process', 'sso', 'web-identity'].map(
    (place) => `@aws-sdk/credential-provider-${place}`,
  ),
  '@aws-sdk/nested-clients/*',
  '@smithy/credential-provider-imds',
];

/** Writes one bundle, or several, of a package into a directory. */
type Bundler = (packageDirectory: string, outdir: string) => Promise<void>;

const bundles: Readonly<Record<string, Bundler>> = {
  cli: withEngine('src/cli.ts', 'node20'),
  worker: withEngine('src/main.ts', 'node24'),
  coordinator: lambdaFunctions({ api: 'src/lambda/api.ts', reconciler: 'src/lambda/reconciler.ts' }),
  // Never leaves the checkout, but is measured as the others are.
  bench: withEngine('src/run-engine.ts', 'node24'),
};

/** @param target the oldest Node.js that it runs on */
function withEngine(entryPoint: string, target: string): Bundler {
  return async (packageDirectory, outdir) => {
    await build({
      ...shared,
      target,
      outdir,
      // Less to load; names stay, since errors are told by theirs.
      minifyWhitespace: true,
      minifySyntax: true,
      plugins: [pureSchemas],
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      entryPoints: [
        join(packageDirectory, entryPoint),
        join(replication, 'src/schema/embedded-pg-dump-program.ts'),
      ],
      entryNames: '[name]',
    });
    const { moduleSource, wasm } = await unpackPgDump();
    await writeFile(join(outdir, 'pg_dump.js'), moduleSource);
    await copyFile(wasm, join(outdir, 'pg_dump.wasm'));
  };
}

/** Each function has a directory of its own, whose `index.js` exports `handler`. */
function lambdaFunctions(entryPoints: Readonly<Record<string, string>>): Bundler {
  return async (packageDirectory, outdir) => {
    for (const [name, entryPoint] of Object.entries(entryPoints)) {
      const directory = join(outdir, name);
      await build({
        ...shared,
        target: 'node24',
        outdir: directory,
        // Less to load at a cold start. Names stay: logs tell of an error where it was thrown.
        minify: true,
        keepNames: true,
        plugins: [withoutLocales, pureSchemas],
        external: loadedElsewhere,
        splitting: true,
        chunkNames: '[name]-[hash]',
        entryPoints: { index: join(packageDirectory, entryPoint) },
      });
      await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
    }
  };
}

/** Built beside `dist/` and then put in its place, so that a bundle in use is never half there. */
async function bundle(packageName: string, write: Bundler): Promise<void> {
  const packageDirectory = join(root, 'packages', packageName);
  const workDirectory = await mkdtemp(join(packageDirectory, 'dist.'));
  const outdir = join(workDirectory, 'new');
  try {
    await mkdir(outdir);
    await write(packageDirectory, outdir);
    await replaceDirectory(join(packageDirectory, 'dist'), outdir, join(workDirectory, 'old'));
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

async function replaceDirectory(place: string, replacement: string, old: string): Promise<void> {
  try {
    await rename(place, old);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await rename(replacement, place);
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(bundles);
for (const name of names) {
  const wanted = bundles[name];
  if (wanted === undefined) throw new Error(`There is no bundle "${name}".`);
  await bundle(name, wanted);
}
