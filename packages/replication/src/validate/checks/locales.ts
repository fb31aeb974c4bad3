/** Encodings, and how text is sorted. */
import pg from 'pg';
import { labelOf } from '../../catalog/quote.ts';
import type { DatabaseDefinition } from '../../catalog/read-database-definition.ts';
import {
  fail,
  major,
  nameSome,
  pass,
  warn,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';
import { willBeCreated } from '../will-be-created.ts';

export const localeChecks: readonly CheckDefinition[] = [
  { name: 'encoding', code: 'not_supported', of: 'both', judge: checkEncoding },
  { name: 'locale', code: 'not_supported', of: 'both', judge: checkLocale },
  { name: 'collations', code: 'object_missing', of: 'both', judge: checkCollations },
];

/** Rows travel in UTF-8; bytes of SQL_ASCII have no encoding to come from, and go as they are. */
function checkEncoding(input: CheckInput): Verdict {
  const { source, target } = input.facts;
  const from = source.definition.encoding;
  const to = willBeCreated(input) ? from : target.definition.encoding;
  if (from === to) return pass(from);
  const summary = `${from} → ${to}`;
  const recreate = 'let the copy make the target database: name one that does not exist in the target URL';
  if (from === 'SQL_ASCII') {
    return warn(`${summary}: the copy ends at the first text that is not valid UTF-8`, recreate);
  }
  if (to === 'SQL_ASCII') return warn(`${summary}: text arrives as UTF-8, not as ${from}`, recreate);
  if (to === 'UTF8') return pass(`${summary}, which holds every character`);
  return warn(`${summary}: the copy ends at the first character that ${to} does not have`, recreate);
}

function checkLocale(input: CheckInput): Verdict {
  const { source, target } = input.facts;
  if (willBeCreated(input)) return checkNewLocale(input);
  const [from, to] = [source.definition, target.definition];
  if (normalize(describeLocale(from)) === normalize(describeLocale(to))) return pass(describeLocale(from));
  return warn(
    `the target sorts by ${describeLocale(to)}, the source by ${describeLocale(from)}: the order of rows, and what indexes, ranges and upper() make of text, may differ`,
    'let the copy make the target database: name one that does not exist in the target URL',
  );
}

function describeLocale({ provider, collate, ctype, locale }: DatabaseDefinition): string {
  if (provider !== 'libc') return `${locale ?? ''} of ${provider}`;
  return collate === ctype ? collate : `${collate} with the characters of ${ctype}`;
}

/** `en_US.UTF-8` and `en_US.utf8` are one. */
function normalize(locale: string): string {
  return locale.toLowerCase().replaceAll('utf-8', 'utf8');
}

/** What CREATE DATABASE would refuse. */
function checkNewLocale({ facts: { source, target }, targetDatabase }: CheckInput): Verdict {
  const { provider, collate, ctype } = source.definition;
  const named = describeLocale(source.definition);
  const byHand = `CREATE DATABASE ${pg.escapeIdentifier(targetDatabase)} TEMPLATE template0 ENCODING ${pg.escapeLiteral(source.definition.encoding)} LC_COLLATE 'C' LC_CTYPE 'C'; /* or a locale that the target has */`;
  const targetMajor = major(target.server.versionNum);
  const since = { libc: 0, icu: 15, builtin: 17 }[provider];
  if (targetMajor < since || (provider === 'icu' && !target.icu.is_there)) {
    return fail(`the source sorts by ${named}, which the target does not have`, byHand);
  }
  const unknown = [...new Set([collate, ctype])].filter((name) => target.unknownLocales.includes(name));
  if (unknown.length === 0) return pass(named);
  return fail(
    `the operating system of the target does not know the locale ${unknown.join(', ')}`,
    `/* install it there, or */ ${byHand}`,
  );
}

function checkCollations({ facts: { source, target } }: CheckInput): Verdict {
  const made = source.usedCollations.filter(({ is_user_made }) => is_user_made);
  const uncreatable = made.filter(
    ({ provider, locale }) =>
      (provider === 'icu' && !target.icu.is_there) ||
      (provider === 'libc' && locale !== null && target.unknownLocales.includes(locale)),
  );
  const missing = [...target.missingCollations.map(({ name }) => name), ...uncreatable.map(labelOf)];
  if (missing.length > 0) {
    return fail(
      `the target lacks the collations ${nameSome(missing)}`,
      `/* install their locales on the target, then there as a superuser */ SELECT pg_catalog.pg_import_system_collations('pg_catalog');`,
    );
  }
  return pass('the target has every collation in use');
}
