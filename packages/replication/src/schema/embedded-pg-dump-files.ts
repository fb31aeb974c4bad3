/**
 * Where the parts of the embedded pg_dump lie: the thread's entry point, the Emscripten module that hosts pg_dump,
 * and the WebAssembly itself. In a bundle all three lie beside the entry point (scripts/bundle.ts puts them there);
 * this code may be in its `chunks/`. In a checkout the thread is a `.ts` file and the rest is taken out of
 * `@electric-sql/pglite-tools`.
 *
 * That package exports only a function that dumps a PGlite database as text, and keeps the module underneath to
 * itself. It does ship the module's unchanged source in its source map, which is where it is read from: an ES module
 * whose default export is Emscripten's factory.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const THREAD_NAME = 'embedded-pg-dump-thread';
export const MODULE_FILE = 'pg_dump.js';
export const WASM_FILE = 'pg_dump.wasm';
const TOOLS_PACKAGE = '@electric-sql/pglite-tools';
const SOURCE_MAP_FILE = 'pg_dump.cjs.map';
const MODULE_SOURCE = 'release/pg_dump.js';

export interface EmbeddedPgDumpFiles {
  /** Path of the thread's entry point. */
  readonly thread: string;
  /** URL to import the Emscripten module from. */
  readonly module: string;
  /** Path of the WebAssembly. */
  readonly wasm: string;
}

export async function locateEmbeddedPgDump(): Promise<EmbeddedPgDumpFiles> {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundle = [here, dirname(here)].find((directory) => existsSync(join(directory, `${THREAD_NAME}.js`)));
  if (bundle !== undefined) {
    return {
      thread: join(bundle, `${THREAD_NAME}.js`),
      module: pathToFileURL(join(bundle, MODULE_FILE)).href,
      wasm: join(bundle, WASM_FILE),
    };
  }
  const { moduleSource, wasm } = await unpackPgDump();
  const module = `data:text/javascript;base64,${Buffer.from(moduleSource).toString('base64')}`;
  return { thread: join(here, `${THREAD_NAME}.ts`), module, wasm };
}

/**
 * The Emscripten module's source, and the path of its WebAssembly, out of the installed package.
 *
 * @throws Error when the package no longer has the module in its source map: its version is pinned for that reason.
 */
export async function unpackPgDump(): Promise<{ moduleSource: string; wasm: string }> {
  const directory = dirname(createRequire(import.meta.url).resolve(TOOLS_PACKAGE));
  const map = JSON.parse(await readFile(join(directory, SOURCE_MAP_FILE), 'utf8')) as {
    sources: string[];
    sourcesContent: (string | null)[];
  };
  const index = map.sources.findIndex((source) => source.endsWith(MODULE_SOURCE));
  const moduleSource = map.sourcesContent[index];
  if (moduleSource == null) throw new Error(`${TOOLS_PACKAGE} has no ${MODULE_SOURCE} in ${SOURCE_MAP_FILE}`);
  return { moduleSource, wasm: join(directory, WASM_FILE) };
}
