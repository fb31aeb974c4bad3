import { splitStatements, type SqlStatement } from './split-statements.ts';

/**
 * The statements of an ACL entry, in texts that stand for themselves: what one grantor grants is one text.
 *
 * pg_dump lets a grantor grant by SET SESSION AUTHORIZATION, which is for superusers alone. SET ROLE, which is put in
 * its place, does the same for the grant, and everybody may use it who may be that role.
 *
 * PostgreSQL's src/bin/pg_dump/dumputils.c, `buildACLCommands`.
 *
 * @param sql the definition of the entry
 */
export function grantBlocks(sql: string): string[] {
  const blocks: string[] = [];
  let asGrantor: string[] | null = null;
  for (const statement of splitStatements(sql)) {
    const verb = authorizationVerb(sql, statement);
    const text = verb === null ? sql.slice(statement.start, statement.end) : asRole(sql, statement, verb);
    if (verb === 'SET') asGrantor = [text];
    else if (asGrantor === null) blocks.push(text);
    else asGrantor.push(text);
    if (verb === 'RESET' && asGrantor !== null) {
      blocks.push(asGrantor.join('\n'));
      asGrantor = null;
    }
  }
  return blocks;
}

/** Of SET SESSION AUTHORIZATION and RESET SESSION AUTHORIZATION; null for all other statements. */
function authorizationVerb(sql: string, { tokens }: SqlStatement): 'SET' | 'RESET' | null {
  const [verb, ...others] = tokens.slice(0, 3).map(({ start, end }) => sql.slice(start, end));
  if (others.join(' ') !== 'SESSION AUTHORIZATION') return null;
  return verb === 'SET' || verb === 'RESET' ? verb : null;
}

function asRole(sql: string, { tokens, end }: SqlStatement, verb: string): string {
  return `${verb} ROLE${sql.slice(tokens[2]?.end ?? end, end)}`;
}
