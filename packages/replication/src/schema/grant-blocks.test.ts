import { expect, test } from '@jest/globals';
import { grantBlocks } from './grant-blocks.ts';

test('what another grantor grants is one text, with SET ROLE', () => {
  const acl = `REVOKE ALL ON TABLE "a"."t" FROM "o";
SET SESSION AUTHORIZATION "SESSION; ""AUTHORIZATION";
GRANT SELECT ON TABLE "a"."t" TO "b";
GRANT UPDATE ON TABLE "a"."t" TO "c";
RESET SESSION AUTHORIZATION;
GRANT SELECT ON TABLE "a"."t" TO "SET SESSION AUTHORIZATION";
`;
  expect(grantBlocks(acl)).toEqual([
    'REVOKE ALL ON TABLE "a"."t" FROM "o";',
    `SET ROLE "SESSION; ""AUTHORIZATION";
GRANT SELECT ON TABLE "a"."t" TO "b";
GRANT UPDATE ON TABLE "a"."t" TO "c";
RESET ROLE;`,
    'GRANT SELECT ON TABLE "a"."t" TO "SET SESSION AUTHORIZATION";',
  ]);
});
