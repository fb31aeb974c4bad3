import type { CheckInput } from './check.ts';

/** Whether a run makes the target database anew: it is missing, or it holds something and may be dropped. */
export function willBeCreated({ facts: { target }, options }: CheckInput<'target'>): boolean {
  return !target.hasDatabase || (options.drop_existing && target.userObjects.length > 0);
}
