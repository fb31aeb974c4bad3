import pg from 'pg';
const { lendConnection, recordParameters } = await import('./src/schema/lent-connection.ts');
const { dumpSchema } = await import('./src/schema/dump-schema.ts');
const log = { debug: console.log, info: console.log, warn: console.log };
const url = process.argv[2]!;
const c = new pg.Client(url); await c.connect();
await c.query(`begin isolation level repeatable read`); const snapshot = (await c.query('select pg_export_snapshot() x')).rows[0].x;
const lend = async () => { const c = new pg.Client(url); const p = recordParameters(c); await c.connect(); return lendConnection(c, p); };
for (const choice of ['embedded','native'] as const) {
const t = performance.now();
const d = await dumpSchema({ log, path: process.env.PATH! }, { lend, snapshot, serverVersionNum: 150000, choice, signal: AbortSignal.timeout(20000)});
console.log(process.version, choice, performance.now() - t, d.tool, d.archive.entries.length);
}
await c.end();
