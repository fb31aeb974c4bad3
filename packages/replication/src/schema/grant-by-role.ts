import { splitStatements } from './split-statements.ts';

/**
 * pg_dump lets the grantor of a privilege grant it himself by SET SESSION AUTHORIZATION, which is for superusers alone.
 * SET ROLE does the same for the grant, and for everybody who may be that role.
 *
 * PostgreSQL's src/bin/pg_dump/dumputils.c, `buildACLCommands`.
 *
 * @param sql the definition of an ACL entry
 */
export function grantByRole(sql: string): string {
  let result = '';
  let position = 0;
  for (const { start, end, tokens } of splitStatements(sql)) {
    const words = tokens.slice(0, 3).map((token) => sql.slice(token.start, token.end));
    const [, , authorization] = tokens;
    const isAuthorization = words[1] === 'SESSION' && words[2] === 'AUTHORIZATION';
    if (isAuthorization && authorization !== undefined && (words[0] === 'SET' || words[0] === 'RESET')) {
      result += `${sql.slice(position, start)}${words[0]} ROLE${sql.slice(authorization.end, end)}`;
    } else {
      result += sql.slice(position, end);
    }
    position = end;
  }
  return result + sql.slice(position);
}
