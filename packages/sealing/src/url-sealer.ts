import type { Secret } from '@seren-replicator/job-models';

/** What a sealed URL is bound to: it opens for this job and this side alone, wherever it is copied to. */
export interface SealContext {
  jobId: string;
  side: 'source' | 'target';
}

/**
 * Where connection URLs are sealed. The API seals, the worker opens; in AWS neither may do the other's part.
 *
 * @throws ReplicatorError `seal_broken` from `open`, when the envelope was changed, was sealed for something else,
 * or with another key. What KMS itself refuses is thrown as it is: it is about the service, not about the envelope.
 */
export interface UrlSealer {
  seal(context: SealContext, url: Secret): Promise<string>;
  open(context: SealContext, sealed: string): Promise<Secret>;
}
