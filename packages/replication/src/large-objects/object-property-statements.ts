import pg from 'pg';
import { aclStatements, type AclItem } from '../grants/acl.ts';
import type { Attempt } from '../restore/attempt-statements.ts';
import { descriptionStatements } from '../restore/description-statements.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import type { ObjectProperties } from './read-object-properties.ts';

/** What gives large objects their properties: objects that are granted alike are granted together. */
export function objectPropertyStatements(
  objects: readonly ObjectProperties[],
  newOwner: string,
  { noOwner, noAcl }: RestoreOptions,
): Attempt[] {
  const owned = noOwner ? [] : objects.filter(({ owner }) => owner !== newOwner);
  return [
    ...owned.map(({ oid, owner }) => ({
      object: `owner of large object ${oid}`,
      sql: `ALTER LARGE OBJECT ${oid} OWNER TO ${pg.escapeIdentifier(owner)}`,
    })),
    ...(noAcl ? [] : grantAttempts(objects, noOwner ? newOwner : null)),
    ...objects.flatMap((object) =>
      descriptionStatements(`LARGE OBJECT ${object.oid}`, `large object ${object.oid}`, object),
    ),
  ];
}

/** @param keptOwner who owns the objects on the target whoever owns them at the source */
function grantAttempts(objects: readonly ObjectProperties[], keptOwner: string | null): Attempt[] {
  const groups = new Map<string, { owner: string; acl: AclItem[]; oids: number[] }>();
  for (const { oid, owner, acl } of objects) {
    if (acl === null) continue;
    const key = JSON.stringify([owner, acl]);
    const group = groups.get(key) ?? { owner, acl, oids: [] };
    group.oids.push(oid);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ owner, acl, oids }) => ({
    object: `grants on large object${oids.length === 1 ? '' : 's'} ${nameOids(oids)}`,
    sql: aclStatements({
      object: `LARGE OBJECT ${oids.join(', ')}`,
      owner,
      newOwner: keptOwner,
      items: acl,
      isOpenByDefault: false,
    }).join(';\n'),
  }));
}

const MAX_NAMED = 5;

function nameOids(oids: readonly number[]): string {
  const more = oids.length > MAX_NAMED ? ` and ${oids.length - MAX_NAMED} more` : '';
  return oids.slice(0, MAX_NAMED).join(', ') + more;
}
