import type { EngineLog } from '../engine.ts';
import type { Archive } from './archive.ts';
import {
  choosePgDump,
  EMBEDDED_MAJOR,
  type ChosenPgDump,
  type PgDumpChoice,
  type PgDumpKind,
} from './choose-pg-dump.ts';
import { runEmbeddedPgDump } from './embedded-pg-dump.ts';
import type { Lend } from './lent-connection.ts';
import { runNativePgDump } from './native-pg-dump.ts';
import type { PgDumpOutput, RunPgDumpInput } from './pg-dump-run.ts';
import { readArchive } from './read-archive.ts';
import { withoutOurs } from './without-ours.ts';

export interface DumpSchemaDeps {
  log: EngineLog;
  /** Where native programs are looked for, as in the environment variable PATH; empty: nowhere. */
  path: string;
}

export interface DumpSchemaInput {
  /** Opens the session that pg_dump works on; it is closed at the end. */
  lend: Lend;
  /** An exported snapshot (`pg_export_snapshot()`) that the schema is read under. */
  snapshot: string;
  /** The server's `server_version_num`; the newest one's where the schemas of several are to be comparable. */
  serverVersionNum: number;
  choice?: PgDumpChoice;
  signal: AbortSignal;
}

export interface DumpedSchema {
  archive: Archive;
  /** Which pg_dump wrote it. */
  tool: { kind: PgDumpKind; version: string };
}

/** The first release that dumps statistics, which are gathered anew on the target. */
const FIRST_MAJOR_WITH_STATISTICS = 18;
/** Behind DDL that waits for the snapshot's own locks, pg_dump would wait for ever. */
const LOCK_WAIT_TIMEOUT_MS = 5 * 60_000;

/**
 * Dumps the schema of the database that the lent connection is connected to, without rows, sequence positions and
 * large objects, and without what this tool keeps there.
 *
 * A database in SQL_ASCII has no encoding to convert from: its names and definitions must be valid UTF-8 as they are.
 *
 * @throws ReplicatorError `schema_dump_failed` with what pg_dump said, `permission_denied`, `connection_lost`,
 * `cancelled`
 */
export async function dumpSchema(
  { log, path }: DumpSchemaDeps,
  { lend, snapshot, serverVersionNum, choice = 'auto', signal }: DumpSchemaInput,
): Promise<DumpedSchema> {
  const serverMajor = Math.floor(serverVersionNum / 10_000);
  const chosen = await choosePgDump({ choice, path, serverMajor });
  const { output, messages } = await run(chosen, path, {
    lend,
    args: dumpArguments(chosen, snapshot),
    signal,
  });
  const archive = readArchive(output);
  const tool = { kind: chosen.kind, version: archive.dumpVersion };
  log.info({ ...tool, bytes: output.length, entries: archive.entries.length }, 'schema dumped');
  if (messages.trim() !== '') log.warn({ messages }, 'pg_dump warned');
  return { archive: { ...archive, entries: withoutOurs(archive.entries) }, tool };
}

async function run(chosen: ChosenPgDump, path: string, input: RunPgDumpInput): Promise<PgDumpOutput> {
  if (chosen.kind === 'embedded') return runEmbeddedPgDump(input);
  return runNativePgDump({ ...input, executable: chosen.executable, path });
}

function dumpArguments(chosen: ChosenPgDump, snapshot: string): string[] {
  const major = chosen.kind === 'embedded' ? EMBEDDED_MAJOR : chosen.major;
  return [
    '--format=custom',
    '--compress=0',
    // Unlike --schema-only, these keep the refreshes of materialised views.
    '--section=pre-data',
    '--section=post-data',
    '--no-blobs',
    ...(major >= FIRST_MAJOR_WITH_STATISTICS ? ['--no-statistics'] : []),
    '--encoding=UTF8',
    // Words that are free here may be reserved in the target's release.
    '--quote-all-identifiers',
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${LOCK_WAIT_TIMEOUT_MS}`,
  ];
}
