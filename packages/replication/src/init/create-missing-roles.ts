import type { JobSpecification } from '@seren-replicator/job-models';
import { createRoles, type CreatedRoles } from '../roles/create-roles.ts';
import { planRoles } from '../roles/plan-roles.ts';
import { requiredRoles } from '../roles/required-roles.ts';
import type { PlannedDatabase } from './copy-database.ts';

const NONE: CreatedRoles = { created: [], joined: [], skipped: [] };

/** Creates what roles the databases of a run need and the target lacks, before anything else is written. */
export async function createMissingRoles(
  databases: readonly PlannedDatabase[],
  { filter, options }: JobSpecification,
): Promise<CreatedRoles> {
  const [first] = databases;
  if (first === undefined || !options.roles) return NONE;
  const { source, target } = first.passed.facts;
  if (!target.roles.createsRoles) return NONE;
  const needs = databases.map(({ passed }) => passed.facts.source.roleNeeds);
  const required = needs.map((need) => requiredRoles(need, options));
  const all = new Set(required.flatMap((roles) => [...roles.all]));
  const plan = planRoles({
    source: source.roles,
    present: new Set(target.roles.names),
    required: [...all],
    related: needs.flatMap(({ ofDatabase }) => ofDatabase),
    wantsEveryRole: filter.all_databases,
  });
  if (plan.create.length === 0) return NONE;
  const { servers } = first.scope;
  const targetSession = await servers.target.openMaintenance();
  try {
    return await servers.source.withSession((sourceSession) =>
      createRoles({
        source: sourceSession,
        target: targetSession,
        targetVersionNum: target.server.versionNum,
        targetRoles: target.roles,
        plan,
        principals: new Set(required.flatMap((roles) => [...roles.principals])),
        required: all,
      }),
    );
  } finally {
    await servers.target.close(targetSession);
  }
}
