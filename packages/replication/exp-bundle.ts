import { build } from 'esbuild';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { unpackPgDump } from './src/schema/unpack-pg-dump.ts';
const outdir='/tmp/exp/dist';
await rm(outdir,{recursive:true,force:true}); await mkdir(outdir,{recursive:true});
await build({bundle:true,platform:'node',format:'esm',mainFields:['module','main'],external:['pg-native'],banner:{js:"import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);"},target:'node20',outdir,splitting:true,chunkNames:'chunks/[name]-[hash]',entryNames:'[name]',legalComments:'none',
entryPoints:['exp-cli.ts','src/schema/embedded-pg-dump-thread.ts']});
const {moduleSource,wasm}=await unpackPgDump();
await writeFile(outdir+'/pg_dump.js',moduleSource); await copyFile(wasm,outdir+'/pg_dump.wasm');
await writeFile(outdir+'/package.json','{"type":"module"}');
