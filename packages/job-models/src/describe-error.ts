import { ReplicatorError } from './replicator-error.ts';

/** What a log may hold of an error: of a foreign one its name and where it was thrown, never its message. */
export interface ErrorDescription {
  name: string;
  code?: string;
  message?: string;
  frames?: string[];
  cause?: ErrorDescription;
}

const MAX_FRAMES = 8;

/** For logs; see `toReplicatorError` for what users are shown. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  if (error instanceof ReplicatorError) {
    return { name: error.name, code: error.code, message: error.message, ...cause };
  }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, frames: frames.slice(0, MAX_FRAMES).map((line) => line.trim()), ...cause };
}
