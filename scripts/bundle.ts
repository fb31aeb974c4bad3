/**
 * Bundles what leaves the checkout: the command line (for npm) and the worker (for its machine). Each bundle is
 * self-contained under the package's `dist/`; the embedded pg_dump's thread and WebAssembly lie beside it.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

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

async function bundle(packageName: string, entryPoint: string, target: string): Promise<void> {
  const packageDirectory = join(root, 'packages', packageName);
  const outdir = join(packageDirectory, 'dist');
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({
    ...shared,
    target,
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    entryPoints: [
      join(packageDirectory, entryPoint),
      join(replication, 'src/schema/embedded-pg-dump-thread.ts'),
    ],
    entryNames: '[name]',
  });
  const toolsEntry = createRequire(join(replication, 'package.json')).resolve('@electric-sql/pglite-tools');
  await copyFile(join(dirname(toolsEntry), 'pg_dump.wasm'), join(outdir, 'pg_dump.wasm'));
}

await bundle('cli', 'src/cli.ts', 'node20');
await bundle('worker', 'src/main.ts', 'node24');
