/** Writes docs/infrastructure.md; `renderInfrastructure` is what a test compares with the file that is there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderInfrastructure } from '../preview/render-infrastructure.ts';

const path = join(import.meta.dirname, '../../docs/infrastructure.md');
await writeFile(path, await renderInfrastructure());
process.stdout.write(`${path}\n`);
