/** Writes to a source at full speed what is hard to follow exactly once. */
import pg from 'pg';

/** One table of every replica identity. In `twins` a change that is applied twice shows: nothing there is unique. */
export const LOAD_SCHEMA = `
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, filler text);
  CREATE TABLE codes (id int, code text NOT NULL, n int);
  CREATE UNIQUE INDEX codes_code ON codes (code); ALTER TABLE codes REPLICA IDENTITY USING INDEX codes_code;
  CREATE TABLE twins (k int, v text); ALTER TABLE twins REPLICA IDENTITY FULL;
  INSERT INTO accounts SELECT i, 0, repeat('x', i % 50) FROM generate_series(1, 500) AS i;
  INSERT INTO codes SELECT i, 'c' || i, 0 FROM generate_series(1, 100) AS i;`;

export const LOAD_TABLES = ['accounts', 'codes', 'twins'];

const STATEMENTS = [
  'UPDATE accounts SET balance = balance + 1 WHERE id = 1 + (random() * 499)::int',
  'UPDATE accounts SET balance = balance + 1 WHERE id % 50 = (random() * 49)::int',
  "INSERT INTO accounts SELECT (random() * 1e8)::int + 1000, i, 'new' FROM generate_series(1, 3) AS i ON CONFLICT DO NOTHING",
  'DELETE FROM accounts WHERE id = (SELECT max(id) FROM accounts WHERE id > 500)',
  "UPDATE codes SET code = 'c' || (random() * 1e9)::int, n = n + 1 WHERE id = (random() * 100)::int",
  "INSERT INTO twins SELECT (random() * 5)::int, 'same' FROM generate_series(1, 5)",
  'DELETE FROM twins WHERE ctid = (SELECT ctid FROM twins LIMIT 1)',
  "UPDATE twins SET k = k + 1, v = 'same' WHERE ctid = (SELECT ctid FROM twins LIMIT 1)",
  "SAVEPOINT a; INSERT INTO twins VALUES (99, 'undone'); ROLLBACK TO a",
];

export interface Load {
  /** Transactions written so far. */
  readonly transactions: number;
  /** Ends it when what is begun is done. */
  stop: () => Promise<void>;
}

export function startLoad(source: string): Load {
  let transactions = 0;
  let hasToStop = false;
  const isStopping = () => hasToStop;
  const write = async () => {
    while (!isStopping()) {
      const client = new pg.Client({ connectionString: source });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!isStopping()) {
          const count = 1 + Math.floor(Math.random() * 6);
          const chosen = Array.from(
            { length: count },
            () => STATEMENTS[Math.floor(Math.random() * STATEMENTS.length)],
          );
          await client.query(`BEGIN; ${chosen.join('; ')}; ${Math.random() < 0.1 ? 'ROLLBACK' : 'COMMIT'}`);
          transactions += 1;
        }
        await client.end();
      } catch {
        // A server that is restarted cuts us off; we come again. Clashes of the two writers are rolled back.
        await client.end().catch(() => undefined);
      }
    }
  };
  const writers = Promise.all([write(), write()]);
  return {
    get transactions() {
      return transactions;
    },
    stop: async () => {
      hasToStop = true;
      await writers;
    },
  };
}
