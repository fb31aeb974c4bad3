import { expect, test } from '@jest/globals';
import { grantByRole } from './grant-by-role.ts';

test('grants by other grantors are made by SET ROLE', () => {
  const grants = `REVOKE ALL ON TABLE "a"."t" FROM "o";
SET SESSION AUTHORIZATION "SESSION; ""AUTHORIZATION";
GRANT SELECT ON TABLE "a"."t" TO "b";
RESET SESSION AUTHORIZATION;
GRANT SELECT ON TABLE "a"."t" TO "SET SESSION AUTHORIZATION";
`;
  expect(grantByRole(grants)).toBe(`REVOKE ALL ON TABLE "a"."t" FROM "o";
SET ROLE "SESSION; ""AUTHORIZATION";
GRANT SELECT ON TABLE "a"."t" TO "b";
RESET ROLE;
GRANT SELECT ON TABLE "a"."t" TO "SET SESSION AUTHORIZATION";
`);
});
