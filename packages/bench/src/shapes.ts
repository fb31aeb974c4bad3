/**
 * The data sets: each a shape of database that a tool may be good or bad at. Sizes are for scale 1: half a gigabyte, where
 * size is what it is about, so that what is the same in every run does not hide the rest.
 */
export interface Shape {
  name: string;
  /** What it is, for the table in the docs. */
  description: string;
  /** Statements, run one after the other, each in its own transaction. */
  statements: (scale: number) => string[];
  /** The name of its one big table, where the bare pipe of two psql is the floor. */
  bigTable?: string;
  /** Both servers are spoken to through TLS, as managed ones always are. */
  isEncrypted?: boolean;
}

const text = (expression: string, repeats: number) => `repeat(md5((${expression})::text), ${repeats})`;
const series = (rows: number) => `generate_series(1, ${Math.round(rows)}) AS i`;

const narrow: Shape = {
  name: 'narrow',
  description: 'one table of narrow rows',
  statements: (scale) => [
    'CREATE TABLE narrow (id bigint PRIMARY KEY, a int, b int, c float8)',
    `INSERT INTO narrow SELECT i, i % 1000, i % 100003, i / 3.0 FROM ${series(6_000_000 * scale)}`,
  ],
};

export const shapes: readonly Shape[] = [
  {
    name: 'heap',
    description: 'one big table without any key: rows and nothing else',
    bigTable: 'heap',
    statements: (scale) => [
      'CREATE TABLE heap (id bigint, a int, b text, c float8, at timestamptz)',
      `INSERT INTO heap SELECT i, i % 1000, md5(i::text), i / 3.0, '2024-01-01'::timestamptz + i * interval '1 s'
       FROM ${series(6_000_000 * scale)}`,
    ],
  },
  narrow,
  {
    ...narrow,
    name: 'narrow-tls',
    description: `${narrow.description}, through TLS on both sides`,
    isEncrypted: true,
  },
  {
    name: 'wide',
    description: 'one table of wide rows: jsonb, text and TOAST',
    statements: (scale) => [
      'CREATE TABLE wide (id int PRIMARY KEY, title text, body text, meta jsonb, picture bytea)',
      `INSERT INTO wide SELECT i, 'title ' || i, ${text('i', 20)}, jsonb_build_object('n', i, 'tags', array[md5(i::text)]),
              CASE WHEN i % 10 = 0 THEN decode((SELECT string_agg(md5((i * 1000 + g)::text), '') FROM generate_series(1, 300) AS g), 'hex') END
       FROM ${series(400_000 * scale)}`,
    ],
  },
  {
    name: 'small-tables',
    description: '2,000 small tables with a key and an index each',
    statements: (scale) =>
      Array.from({ length: 20 }, (_, batch) =>
        Array.from({ length: Math.round(100 * scale) }, (_unused, index) => {
          const name = `t_${batch}_${index}`;
          return `CREATE TABLE ${name} (id serial PRIMARY KEY, v text, at timestamptz DEFAULT now());
                  INSERT INTO ${name} (v) SELECT md5(i::text) FROM generate_series(1, 20) AS i;
                  CREATE INDEX ON ${name} (v);`;
        }).join('\n'),
      ),
  },
  {
    name: 'indexes',
    description: 'one table with eight indexes, one of them GIN',
    statements: (scale) => [
      'CREATE TABLE indexed (id bigint PRIMARY KEY, a int, b int, c text, d timestamptz, tags text[], e numeric)',
      `INSERT INTO indexed SELECT i, i % 1000, (i::bigint * 7919) % 100003, md5(i::text), '2024-01-01'::timestamptz + i * interval '1 s',
              ARRAY['t' || i % 100, 'u' || i % 1000], i / 7.0 FROM ${series(1_500_000 * scale)}`,
      `CREATE INDEX ON indexed (a); CREATE INDEX ON indexed (b); CREATE INDEX ON indexed (c); CREATE INDEX ON indexed (d);
       CREATE INDEX ON indexed (a, b); CREATE UNIQUE INDEX ON indexed (c, id); CREATE INDEX ON indexed USING gin (tags)`,
    ],
  },
  {
    name: 'partitions',
    description: 'a table of 50 partitions',
    statements: (scale) => [
      'CREATE TABLE parts (id bigint, day int, v text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day)',
      Array.from(
        { length: 50 },
        (_, day) => `CREATE TABLE parts_${day} PARTITION OF parts FOR VALUES FROM (${day}) TO (${day + 1});`,
      ).join('\n'),
      `INSERT INTO parts SELECT i, i % 50, ${text('i', 2)} FROM ${series(4_000_000 * scale)}`,
      'CREATE INDEX ON parts (id)',
    ],
  },
  {
    name: 'large-objects',
    description: '5,000 large objects of 20 kB',
    statements: (scale) => [
      `SELECT count(lo_from_bytea(0, decode(${text('i', 640)}, 'hex'))) FROM ${series(5_000 * scale)}`,
    ],
  },
  {
    name: 'shop',
    description: 'a shop: keys, foreign keys, jsonb, text, several indexes',
    statements: (scale) => [
      `CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mail text UNIQUE, settings jsonb);
       CREATE TABLE articles (sku text PRIMARY KEY, title text, price numeric(10, 2), description text);
       CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES customers, placed timestamptz, state text);
       CREATE TABLE lines (order_id bigint REFERENCES orders, line smallint, sku text REFERENCES articles, quantity int, price numeric(10, 2), PRIMARY KEY (order_id, line));
       CREATE TABLE events (id bigserial PRIMARY KEY, customer int REFERENCES customers, at timestamptz, payload jsonb)`,
      `INSERT INTO customers (name, mail, settings) SELECT 'Customer ' || i, i || '@example.com', jsonb_build_object('n', i) FROM ${series(200_000 * scale)}`,
      `INSERT INTO articles SELECT 'sku' || i, 'Article ' || i, i % 100 + 0.99, ${text('i', 10)} FROM ${series(20_000 * scale)}`,
      `INSERT INTO orders (customer, placed, state) SELECT 1 + (i::bigint * 7919) % ${Math.round(200_000 * scale)}, '2024-01-01'::timestamptz + i * interval '1 min', 'paid' FROM ${series(500_000 * scale)}`,
      `INSERT INTO lines SELECT 1 + i / 3, i % 3, 'sku' || 1 + i % ${Math.round(20_000 * scale)}, 1 + i % 4, 9.99 FROM ${series(1_499_990 * scale)}`,
      `INSERT INTO events (customer, at, payload) SELECT 1 + i % ${Math.round(200_000 * scale)}, '2024-01-01'::timestamptz + i * interval '10 s', jsonb_build_object('kind', i % 10, 'data', md5(i::text)) FROM ${series(1_000_000 * scale)}`,
      `CREATE INDEX ON orders (customer); CREATE INDEX ON orders (placed); CREATE INDEX ON lines (sku);
       CREATE INDEX ON events (customer, at); CREATE INDEX ON events USING gin (payload jsonb_path_ops); ANALYZE`,
    ],
  },
];
