import pg from 'pg';
import {
  fail,
  firstFew,
  nameSome,
  pass,
  type CheckDefinition,
  type CheckInput,
  type Verdict,
} from '../check.ts';

export const roles: CheckDefinition = { name: 'roles', code: 'object_missing', judge: checkRoles };

function checkRoles({ facts, options }: CheckInput): Verdict {
  if (options.no_owner && options.no_acl) return pass('owners and grants are left out');
  const { roles } = facts.target.missing;
  if (roles.length === 0) return pass('every role that owns or is granted something is on the target');
  const create = firstFew(roles).map((role) => `CREATE ROLE ${pg.escapeIdentifier(role)}`);
  return fail(
    `the target lacks the roles ${nameSome(roles)}, which own or are granted something`,
    `${create.join('; ')}; or leave owners and grants out with --no-owner --no-acl`,
  );
}
