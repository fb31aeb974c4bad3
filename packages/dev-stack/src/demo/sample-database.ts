/** A small web shop with a bit of everything: about 40 MB, made by the server itself from fixed seeds. */
export const SAMPLE_DATABASE = 'shop';

export const CREATE_SAMPLE = String.raw`
CREATE TYPE order_state AS ENUM ('open', 'paid', 'shipped', 'returned');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE SCHEMA stock;

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  mail email UNIQUE,
  note text,
  since timestamptz NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE stock.articles (
  sku text PRIMARY KEY,
  title text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  tags text[] NOT NULL,
  picture bytea
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer bigint NOT NULL REFERENCES customers,
  state order_state NOT NULL,
  placed timestamptz NOT NULL
);
CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line smallint NOT NULL,
  sku text NOT NULL REFERENCES stock.articles,
  quantity int NOT NULL,
  price numeric(10, 2) NOT NULL,
  total numeric GENERATED ALWAYS AS (quantity * price) STORED,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE visits (at timestamptz NOT NULL, customer bigint, path text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "Odd ""Names""" ("select" int PRIMARY KEY, "a.b" text);

INSERT INTO customers (name, mail, note, since, settings)
SELECT 'Customer ' || i, 'c' || i || '@example.com', CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'Grüße 👋' END,
       '2024-01-01'::timestamptz + i * interval '13 minutes', jsonb_build_object('theme', i % 5, 'beta', i % 7 = 0)
FROM generate_series(1, 20000) AS i;
INSERT INTO stock.articles
SELECT 'SKU-' || i, 'Article ' || i, 1 + i % 500 + 0.99, ARRAY['t' || i % 10, 't' || i % 13], decode(md5(i::text), 'hex')
FROM generate_series(1, 2000) AS i;
INSERT INTO orders (customer, state, placed)
SELECT 1 + i * 7919 % 20000, (enum_range(NULL::order_state))[1 + i % 4], '2025-01-01'::timestamptz + i * interval '8 minutes'
FROM generate_series(1, 60000) AS i;
INSERT INTO order_lines (order_id, line, sku, quantity, price)
SELECT o, l, 'SKU-' || (1 + (o * 31 + l * 17) % 2000), 1 + o % 4, 5 + l
FROM generate_series(1, 60000) AS o, generate_series(1, 3) AS l;
INSERT INTO visits
SELECT '2025-01-01'::timestamptz + i * interval '4 minutes', NULLIF(i % 20001, 0), '/articles/SKU-' || i % 2000
FROM generate_series(1, 150000) AS i;
INSERT INTO "Odd ""Names""" VALUES (1, E'tab\there'), (2, NULL), (3, '');

CREATE INDEX ON orders (customer);
CREATE INDEX ON orders (placed) WHERE state = 'open';
CREATE INDEX ON stock.articles USING gin (tags);
CREATE INDEX ON visits (customer, at);
CREATE VIEW revenue AS
  SELECT sku, sum(total) AS revenue FROM order_lines GROUP BY sku;
CREATE MATERIALIZED VIEW best_sellers AS SELECT * FROM revenue ORDER BY revenue DESC, sku LIMIT 100;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.since := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION touch();
`;
