import { randomBytes } from 'node:crypto';
import pg from 'pg';

const SAMPLE = `
CREATE TABLE sample (id int PRIMARY KEY, note text, at timestamptz NOT NULL);
INSERT INTO sample
SELECT i, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'note ' || i END, timestamptz '2026-01-01' + i * interval '1 min'
FROM generate_series(1, 5000) AS i;
CREATE INDEX ON sample (at);`;

/**
 * Runs `use` with a new database on the source, the name of one on the target, and removes both afterwards. No other
 * database is touched.
 */
export async function withSampleDatabases<Result>(
  servers: { sourceUrl: string; targetUrl: string },
  use: (urls: { sourceUrl: string; targetUrl: string }) => Promise<Result>,
): Promise<Result> {
  const name = `seren_integration_${randomBytes(4).toString('hex')}`;
  const urls = {
    sourceUrl: inDatabase(servers.sourceUrl, name),
    targetUrl: inDatabase(servers.targetUrl, name),
  };
  await execute(servers.sourceUrl, `CREATE DATABASE ${name}`);
  try {
    await execute(urls.sourceUrl, SAMPLE);
    return await use(urls);
  } finally {
    for (const server of [servers.sourceUrl, servers.targetUrl]) {
      await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  }
}

function inDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
