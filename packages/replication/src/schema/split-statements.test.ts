import { describe, expect, test } from '@jest/globals';
import { splitStatements } from './split-statements.ts';

function split(sql: string): string[] {
  return splitStatements(sql).map(({ start, end }) => sql.slice(start, end));
}

describe('a semicolon ends a statement', () => {
  test('and the text around is kept out', () => {
    expect(split(' a; b ;\n\n;c\n')).toEqual(['a;', 'b ;', 'c\n']);
  });

  test.each([
    ['a string', `'; '' ;'`],
    ['a string of which a backslash is an ordinary character', `'\\'`],
    ['a string with escapes', `E'\\';'`],
    ['a string with a prefix', `U&'\\0041;'`],
    ['a name', '"; "" ;"'],
    ['a dollar-quoted string', "$$ ; $x$ ' $$"],
    ['a dollar-quoted string with a tag', '$x$ ; $$ " $x$'],
    ['a comment', '-- ; \' " $$ \n'],
    ['nested comments', "/* ; /* ' */ ; */"],
  ])('but not inside of %s', (_what, quoted) => {
    expect(split(`a ${quoted}; b;`)).toEqual([`a ${quoted};`, 'b;']);
  });

  test('after a parameter and a name that have dollar signs', () => {
    expect(split('a$1; $1; a$$b; c')).toEqual(['a$1;', '$1;', 'a$$b;', 'c']);
  });

  test('also where a string never ends', () => {
    expect(split("a; 'b; c")).toEqual(['a;', "'b; c"]);
  });

  test('in a text of megabytes', () => {
    const long = `'${"x;''".repeat(1_000_000)}'`;
    expect(split(`a; ${long}; b`)).toHaveLength(3);
  });
});
