import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unpackPgDump } from './unpack-pg-dump.ts';

export interface EmbeddedModule {
  /** URL to import the Emscripten module from. */
  readonly module: string;
  /** Path of the WebAssembly. */
  readonly wasm: string;
}

/** Beside the program in a bundle, out of the installed package in a checkout. */
export async function locateEmbeddedModule(): Promise<EmbeddedModule> {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const directory of [here, dirname(here)]) {
    const [module, wasm] = [join(directory, 'pg_dump.js'), join(directory, 'pg_dump.wasm')];
    if (existsSync(module) && existsSync(wasm)) return { module: pathToFileURL(module).href, wasm };
  }
  const { moduleSource, wasm } = await unpackPgDump();
  return { module: `data:text/javascript;base64,${Buffer.from(moduleSource).toString('base64')}`, wasm };
}
