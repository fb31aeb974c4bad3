/** The majors that can be started: those the product supports, and one that it must refuse as too old. */
export type PostgresMajor = 11 | 14 | 15 | 16 | 17 | 18;

/** Server settings as in postgresql.conf, given on the server's command line, where they win over the file. */
export type PostgresSettings = Readonly<Record<string, string | number | boolean>>;

export type PostgresOptions = {
  major: PostgresMajor;
  /** A free port when left out. */
  port?: number;
  settings?: PostgresSettings;
} & (
  | {
      /** Left out: a temporary directory, gone after `stop`, of a server that never waits for the disk. */
      dataDirectory?: never;
      /** Of the superuser `postgres`; random when left out. */
      password?: string;
    }
  | {
      /** Kept. Initialised if it is empty or absent, used as it is otherwise. */
      dataDirectory: string;
      /** Of the superuser `postgres`: given when the directory is initialised, and the same ever after. */
      password: string;
    }
);

const everyServer: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  wal_level: 'logical',
  password_encryption: 'scram-sha-256',
};

/** A data directory that is thrown away has no use for surviving a power cut. A crash of the server it survives. */
const throwawayServer: PostgresSettings = { fsync: false, full_page_writes: false };

/** The settings that a server starts with; the caller's win. */
export function chooseSettings({ dataDirectory, settings }: PostgresOptions): PostgresSettings {
  return { ...everyServer, ...(dataDirectory === undefined && throwawayServer), ...settings };
}
