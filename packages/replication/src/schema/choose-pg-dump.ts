import { ReplicatorError } from '@seren-replicator/job-models';
import { findNativePgDumps, type NativePgDump } from './find-native-pg-dump.ts';

/** `native`: a pg_dump found on PATH. `embedded`: the one that comes with this program. */
export type PgDumpKind = 'native' | 'embedded';
/** `auto`: native when there is one that is new enough, else embedded. */
export type PgDumpChoice = 'auto' | PgDumpKind;

export type ChosenPgDump = { kind: 'embedded' } | ({ kind: 'native' } & NativePgDump);

export interface ChoosePgDumpInput {
  choice: PgDumpChoice;
  /** As in the environment variable PATH. */
  path: string;
  serverMajor: number;
}

/** The release that the embedded pg_dump is of, and the newest whose archives `readArchive` knows. */
export const EMBEDDED_MAJOR = 18;
/** Release 15 changed what the schema "public" is at first, and grants are written as the difference from that. */
const FIRST_NATIVE_MAJOR = 15;

/**
 * A pg_dump refuses servers that are newer than itself.
 *
 * @throws ReplicatorError `schema_dump_failed` when there is none for this server.
 */
export async function choosePgDump(input: ChoosePgDumpInput): Promise<ChosenPgDump> {
  const { choice, serverMajor } = input;
  if (choice !== 'embedded') {
    const candidates = await findNativePgDumps(input.path);
    const oldest = Math.max(serverMajor, FIRST_NATIVE_MAJOR);
    const native = candidates.find(({ major }) => major >= oldest && major <= EMBEDDED_MAJOR);
    if (native !== undefined) return { kind: 'native', ...native };
  }
  if (choice !== 'native' && serverMajor <= EMBEDDED_MAJOR) return { kind: 'embedded' };
  throw new ReplicatorError(
    'schema_dump_failed',
    serverMajor > EMBEDDED_MAJOR
      ? `One of the servers runs PostgreSQL ${serverMajor}, and this release knows PostgreSQL up to ${EMBEDDED_MAJOR}: upgrade seren-replicator.`
      : `There is no pg_dump of PostgreSQL ${Math.max(serverMajor, FIRST_NATIVE_MAJOR)} to ${EMBEDDED_MAJOR} on PATH: install one, or use the embedded one.`,
  );
}
