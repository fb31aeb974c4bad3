/**
 * Where the parts of the embedded pg_dump lie: the thread's entry point, the Emscripten module that hosts pg_dump,
 * and the WebAssembly itself. In a bundle all three lie beside the bundle's entry point, where scripts/bundle.ts puts
 * them, while this code may be in its `chunks/`. In a checkout the thread is a `.ts` file and the rest comes out of
 * the installed package.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unpackPgDump } from './unpack-pg-dump.ts';

const BUNDLED_THREAD = 'embedded-pg-dump-thread.js';

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
  const bundle = [here, dirname(here)].find((directory) => existsSync(join(directory, BUNDLED_THREAD)));
  if (bundle !== undefined) {
    return {
      thread: join(bundle, BUNDLED_THREAD),
      module: pathToFileURL(join(bundle, 'pg_dump.js')).href,
      wasm: join(bundle, 'pg_dump.wasm'),
    };
  }
  const { moduleSource, wasm } = await unpackPgDump();
  const module = `data:text/javascript;base64,${Buffer.from(moduleSource).toString('base64')}`;
  const thread = fileURLToPath(new URL('./embedded-pg-dump-thread.ts', import.meta.url));
  return { thread, module, wasm };
}
