/**
 * Who calls, by access key, and what each may do. Permissions are `service:Action` or `service:*`, as in policies,
 * without conditions: those are the infrastructure's to prove.
 */
import { randomBytes } from 'node:crypto';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

interface Principal {
  credentials: AwsCredentials;
  allowed: readonly string[];
}

export class Principals {
  readonly #principals = new Map<string, Principal>();

  /** New credentials; temporary ones carry a session token, as a role's do. */
  create(allowed: readonly string[] = ['*'], { isTemporary = false } = {}): AwsCredentials {
    const credentials: AwsCredentials = {
      accessKeyId: `${isTemporary ? 'ASIA' : 'AKIA'}${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      ...(isTemporary ? { sessionToken: randomBytes(60).toString('base64') } : {}),
    };
    this.#principals.set(credentials.accessKeyId, { credentials, allowed });
    return credentials;
  }

  find(accessKeyId: string): AwsCredentials | undefined {
    return this.#principals.get(accessKeyId)?.credentials;
  }

  isAllowed(accessKeyId: string, service: string, action: string): boolean {
    const allowed = this.#principals.get(accessKeyId)?.allowed ?? [];
    return ['*', `${service}:*`, `${service}:${action}`].some((permission) => allowed.includes(permission));
  }
}
