/** What is written to a source that is followed: the changes that a target then has to catch up with. */

export interface ApplyLoad {
  name: string;
  description: string;
  /** What there is before. */
  schema: string;
  /** Statements to run one after the other. */
  write: (scale: number) => string[];
  /** Rows that are inserted, updated or deleted by one of them. */
  rows: (scale: number) => number;
}

const ACCOUNTS = `
  CREATE TABLE branches (id int PRIMARY KEY, balance int NOT NULL, filler char(88));
  CREATE TABLE tellers (id int PRIMARY KEY, branch int, balance int NOT NULL, filler char(84));
  CREATE TABLE accounts (id int PRIMARY KEY, branch int, balance int NOT NULL, filler char(84));
  CREATE TABLE history (id bigserial PRIMARY KEY, teller int, branch int, account int, delta int, at timestamptz);
  INSERT INTO branches SELECT i, 0, '' FROM generate_series(1, 10) AS i;
  INSERT INTO tellers SELECT i, i % 10, 0, '' FROM generate_series(1, 100) AS i;
  INSERT INTO accounts SELECT i, i % 10, 0, '' FROM generate_series(1, 100000) AS i;`;

export const applyLoads: readonly ApplyLoad[] = [
  {
    name: 'small transactions',
    description: 'as pgbench writes: three updates and an insert each',
    schema: ACCOUNTS,
    write: (scale) => [
      `DO $$ DECLARE account int; teller int; branch int; BEGIN
              FOR i IN 1..${Math.round(25_000 * scale)} LOOP
                account := 1 + (random() * 99999)::int; teller := 1 + account % 100; branch := 1 + account % 10;
                UPDATE accounts AS t SET balance = balance + i WHERE t.id = account;
                UPDATE tellers AS t SET balance = balance + i WHERE t.id = teller;
                UPDATE branches AS t SET balance = balance + i WHERE t.id = branch;
                INSERT INTO history (teller, branch, account, delta, at) VALUES (teller, branch, account, i, clock_timestamp());
                COMMIT;
              END LOOP;
            END $$`,
    ],
    rows: (scale) => 4 * Math.round(25_000 * scale),
  },
  {
    name: 'inserts at once',
    description: 'one transaction that inserts many rows',
    schema: ACCOUNTS,
    write: (scale) => [
      `INSERT INTO history (teller, branch, account, delta, at)
            SELECT i % 100, i % 10, i, i, now() FROM generate_series(1, ${Math.round(400_000 * scale)}) AS i`,
    ],
    rows: (scale) => Math.round(400_000 * scale),
  },
  {
    name: 'updates at once',
    description: 'transactions that update many rows each',
    schema: ACCOUNTS,
    write: (scale) =>
      Array.from({ length: updatesOf(scale) }, () => 'UPDATE accounts SET balance = balance + 1'),
    rows: (scale) => 100_000 * updatesOf(scale),
  },
];

function updatesOf(scale: number): number {
  return Math.max(1, Math.round(2 * scale));
}
