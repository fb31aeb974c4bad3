/**
 * Bundles what leaves the checkout: the command line (for npm) and the worker (for its machine). Each bundle is
 * self-contained under the package's `dist/`; the embedded pg_dump's program, its module and its WebAssembly lie
 * beside it, where packages/replication/src/schema/embedded-pg-dump*.ts look for them.
 * Arguments name the bundles to build; without any, all are.
 */
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
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

interface Bundle {
  entryPoint: string;
  /** The oldest Node.js that it runs on. */
  target: string;
}

const bundles: Readonly<Record<string, Bundle>> = {
  cli: { entryPoint: 'src/cli.ts', target: 'node20' },
  worker: { entryPoint: 'src/main.ts', target: 'node24' },
  // Never leaves the checkout, but is measured as the others are.
  bench: { entryPoint: 'src/run-engine.ts', target: 'node24' },
};

/** Built beside `dist/` and then put in its place, so that a bundle in use is never half there. */
async function bundle(packageName: string, { entryPoint, target }: Bundle): Promise<void> {
  const packageDirectory = join(root, 'packages', packageName);
  const workDirectory = await mkdtemp(join(packageDirectory, 'dist.'));
  const outdir = join(workDirectory, 'new');
  try {
    await mkdir(outdir);
    await build({
      ...shared,
      target,
      outdir,
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
