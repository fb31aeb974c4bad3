/** Roles of a server as data. All names are unquoted. */

export interface Role {
  name: string;
  isSuperuser: boolean;
  inherits: boolean;
  createsRoles: boolean;
  createsDatabases: boolean;
  logsIn: boolean;
  replicates: boolean;
  bypassesRowSecurity: boolean;
  /** -1: as many as there are. */
  connectionLimit: number;
  /** A timestamp as PostgreSQL writes it, or `infinity`; null when it was never set. */
  validUntil: string | null;
  /** `name=value`, as pg_db_role_setting has them; for all databases. */
  settings: string[];
  comment: string | null;
  labels: { provider: string; label: string }[];
}

/** What a member may do with a role. Whoever granted it: the grants of several grantors are one. */
export interface Membership {
  role: string;
  member: string;
  /** May grant the role to others. */
  isAdmin: boolean;
  /** Has the role's privileges at all times. */
  inherits: boolean;
  /** May SET ROLE to it. */
  sets: boolean;
}

export interface Roles {
  roles: Role[];
  memberships: Membership[];
}

/** PostgreSQL keeps the prefix for roles of its own. */
export function isPredefined(name: string): boolean {
  return name.startsWith('pg_');
}

/** The roles by which hosted services administrate, and let their users do so: elsewhere they mean nothing. */
const PROVIDER_ROLES =
  /^(?:rds_.*|rdsadmin|rdsrepladmin|rdstopmgr|rdswriteforwarduser|cloudsql.*|alloydb.*|azure_.*|azuresu|neon_superuser|cloud_admin|supabase_.*)$/;

export function belongsToProvider(name: string): boolean {
  return PROVIDER_ROLES.test(name);
}
