/** A program that starts servers and never stops them. Its end is up to `parent-death.test.ts`. */
import { startDynamoDb, startPostgres } from '../src/index.ts';

const [postgres, dynamoDb] = await Promise.all([startPostgres({ major: 18 }), startDynamoDb()]);
console.log(JSON.stringify({ pids: [postgres.pid, dynamoDb.pid] }));
if (process.argv[2] === 'forever') setInterval(() => undefined, 60_000);
