/** Examples of the options that commands share. */
import type { Example } from '../command-definition.ts';

const allDatabases: Example = [
  "--all-databases --exclude-databases 'test_*'",
  'Every database of the server but those for tests',
];

/** Of the options that say which databases are meant. */
export const databaseScopeExamples: readonly Example[] = [
  ["--include-databases 'shop,blog_*'", 'Databases of the server that --source names, by their names'],
  allDatabases,
];

/** Of the options that say which databases, tables and rows are meant. */
export const scopeExamples: readonly Example[] = [
  [
    "--include-tables 'public.*,sales.orders' --schema-only-tables public.sessions",
    'Some tables, and of one of them only its definition',
  ],
  [
    `--exclude-tables 'audit.*,"odd, name"' --table-filter "public.orders:state <> 'draft'"`,
    'All but some tables, and of one of them the rows that satisfy a predicate',
  ],
  ["--time-filter 'public.visits:at:6 months'", 'Of one table the rows of the last six months'],
  [
    "--include-databases 'shop,blog_*' --exclude-tables shop.public.logs",
    'Databases of the server that --source names, to the server that --target names',
  ],
  allDatabases,
];

/** Of how much of the work is done at a time. */
export const pacedExamples: readonly Example[] = [['--jobs 8', 'Eight tables at a time']];

/** Of where the work is done, and what is asked. */
export const placeExamples: readonly Example[] = [
  ['--local --yes', 'From this machine, without a question'],
  [
    '--remote --remote-api http://127.0.0.1:8787 --api-key "$KEY"',
    'Through a service of your own, as ./scripts/dev-stack starts one',
  ],
];

/** Of what is printed, and where options come from. */
export const outputExamples: readonly Example[] = [
  [
    '--config shop.toml --json --quiet',
    'For a script: options from a file, one JSON document on standard output',
  ],
  ['--log-level info --no-color', 'For a log file: more of what happens, without colours'],
];
