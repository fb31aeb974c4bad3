import { createRequire } from 'node:module';
import { LocalServerError } from './local-server-error.ts';

const require = createRequire(import.meta.url);

/** The DynamoDB emulator's program for this platform. */
export function locateDynoxide(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return require.resolve(`@dynoxide/${platform}/dynoxide`);
  } catch (cause) {
    throw new LocalServerError(
      'UNSUPPORTED_PLATFORM',
      `The DynamoDB emulator is not installed for ${platform}. Run \`pnpm install\`; it is available for linux-x64.`,
      { cause },
    );
  }
}
