/**
 * Parameters of Systems Manager, read by path.
 *
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
import * as z from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, AwsService } from '../wire/aws-service.ts';

const MAX_PAGE = 10;

const byPathSchema = z.object({
  Path: z.string().regex(/^\//),
  Recursive: z.boolean().default(false),
  WithDecryption: z.boolean().default(false),
  MaxResults: z.int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  NextToken: z.string().optional(),
});

export class SsmService implements AwsService {
  readonly protocol = 'json';
  readonly #parameters = new Map<string, string>();

  /** A SecureString, new or changed. */
  put(name: string, value: string): void {
    this.#parameters.set(name, value);
  }

  delete(name: string): void {
    this.#parameters.delete(name);
  }

  call({ action, input }: AwsCall): Record<string, unknown> {
    if (action !== 'GetParametersByPath') {
      throw new AwsError('UnknownOperationException', `SSM here has no ${action}.`);
    }
    const { Path, Recursive, WithDecryption, MaxResults, NextToken = '0' } = byPathSchema.parse(input);
    const prefix = Path.endsWith('/') ? Path : `${Path}/`;
    const names = [...this.#parameters.keys()]
      .filter((name) => name.startsWith(prefix) && (Recursive || !name.slice(prefix.length).includes('/')))
      .sort();
    const end = Number(NextToken) + MaxResults;
    const shown = names.slice(Number(NextToken), end);
    return {
      Parameters: shown.map((name) => this.#describe(name, WithDecryption)),
      ...(end < names.length ? { NextToken: String(end) } : {}),
    };
  }

  #describe(name: string, isDecrypted: boolean): Record<string, unknown> {
    const value = this.#parameters.get(name) ?? '';
    const Value = isDecrypted ? value : Buffer.from(`sealed ${value.length}`).toString('base64');
    return { Name: name, Type: 'SecureString', Value, Version: 1 };
  }
}
