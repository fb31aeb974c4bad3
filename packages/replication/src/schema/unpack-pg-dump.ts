import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const SOURCE_MAP_FILE = 'pg_dump.cjs.map';
const MODULE_SOURCE = 'release/pg_dump.js';

/**
 * Takes the embedded pg_dump out of the installed package: the source of the Emscripten module that hosts it (an ES
 * module whose default export is Emscripten's factory), and the path of its WebAssembly.
 *
 * The package exports only a function that dumps a PGlite database as text, and keeps the module underneath to
 * itself, but for its source map: that holds the module's source unchanged. The package's version is pinned.
 */
export async function unpackPgDump(): Promise<{ moduleSource: string; wasm: string }> {
  const require = createRequire(import.meta.url);
  const directory = dirname(require.resolve('@electric-sql/pglite-tools'));
  const map = JSON.parse(await readFile(join(directory, SOURCE_MAP_FILE), 'utf8')) as {
    sources: string[];
    sourcesContent: (string | null)[];
  };
  const moduleSource = map.sourcesContent[map.sources.findIndex((source) => source.endsWith(MODULE_SOURCE))];
  if (moduleSource == null) {
    throw new Error(`@electric-sql/pglite-tools no longer has ${MODULE_SOURCE} in ${SOURCE_MAP_FILE}`);
  }
  return { moduleSource, wasm: join(directory, 'pg_dump.wasm') };
}
