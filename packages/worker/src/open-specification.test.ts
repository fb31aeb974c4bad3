import { describe, expect, test } from '@jest/globals';
import { Secret, storableSpecificationSchema } from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import { localKeySealer } from '@seren-replicator/sealing';
import { randomBytes } from 'node:crypto';
import { openSpecification } from './open-specification.ts';

const sealer = localKeySealer(randomBytes(32));
const specification = storableSpecificationSchema.parse({ schema_version: '1.0', command: 'verify' });

async function recordOf(fields: Partial<JobRecord>): Promise<JobRecord> {
  const seal = (side: 'source' | 'target') =>
    sealer.seal({ jobId: 'first', side }, new Secret(`postgresql://${side}/db`));
  return {
    job_id: 'second',
    owner: 'alice',
    command: 'verify',
    status: 'running',
    attempt: 1,
    lost_attempts: 0,
    created_at: '2026-11-20T12:00:00.000Z',
    ttl: 0,
    source: '',
    target: '',
    sealed_source_url: await seal('source'),
    sealed_target_url: await seal('target'),
    specification,
    ...fields,
  };
}

describe('the URLs of a job that is done once more', () => {
  test('open for the job that they were sealed for', async () => {
    const opened = await openSpecification(sealer, await recordOf({ sealed_for: 'first' }));
    expect(opened).toMatchObject({
      source_url: 'postgresql://source/db',
      target_url: 'postgresql://target/db',
    });
  });

  test.each([{}, { sealed_for: 'third' }])('open for no other (%j)', async (fields) => {
    const refusal = expect(openSpecification(sealer, await recordOf(fields))).rejects;
    await refusal.toMatchObject({ code: 'seal_broken' });
  });
});
