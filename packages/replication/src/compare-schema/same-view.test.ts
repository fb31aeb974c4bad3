import { describe, expect, it } from '@jest/globals';
import { sqlTokens } from '../schema/sql-tokens.ts';
import { joinTokens } from './join-tokens.ts';
import { isSameView } from './same-view.ts';

function tokens(sql: string): string {
  return joinTokens(sqlTokens(sql).map(({ start, end }) => sql.slice(start, end)));
}

describe('a view before and after release 16', () => {
  it.each([
    ['of one table', 'SELECT t.a, t.b FROM s.t WHERE (t.a > 1)', 'SELECT a, b FROM s.t WHERE (a > 1)'],
    ['of a table that has a column of its name', 'SELECT t.t FROM s.t', 'SELECT t FROM s.t'],
    [
      'with a subquery',
      'SELECT t.a, (SELECT u.b FROM u WHERE (u.c = t.a)) FROM t',
      'SELECT a, (SELECT u.b FROM u WHERE (u.c = t.a)) FROM t',
    ],
    [
      'that orders by a name that means two things',
      'SELECT t.a AS b, t.b AS a FROM t ORDER BY t.b',
      'SELECT a AS b, b AS a FROM t ORDER BY t.b',
    ],
    [
      'of a table with a blank in its name',
      'SELECT "a table"."id" FROM "a table"',
      'SELECT id FROM "a table"',
    ],
    ['of two tables', 'SELECT t.a, u.a FROM t, u', 'SELECT t.a, u.a FROM t, u'],
  ])('is the same %s', (_what, older, newer) => {
    expect(isSameView(tokens(older), tokens(newer))).toBe(true);
  });

  it.each([
    ['of another column', 'SELECT t.a FROM t', 'SELECT b FROM t'],
    ['of another table', 'SELECT t.a FROM t', 'SELECT a FROM u'],
    ['of two tables without their names', 'SELECT t.a, u.a FROM t, u', 'SELECT a, a FROM t, u'],
    ['with more at the end', 'SELECT t.a FROM t LIMIT 1', 'SELECT a FROM t'],
    ['with less at the end', 'SELECT t.a FROM t', 'SELECT a FROM t LIMIT 1'],
    ['with a name that only the newer one has', 'SELECT a FROM t', 'SELECT t.a FROM t'],
  ])('is another %s', (_what, older, newer) => {
    expect(isSameView(tokens(older), tokens(newer))).toBe(false);
  });
});
