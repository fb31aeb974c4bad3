/** To find a machine, boot it and start the worker. */
const START_SECONDS = 120;
/** Both sides are read once more, at the same time and without writing. */
const VERIFY_SHARE = 0.5;

/** From a job's submission to its end. */
export function jobSeconds(copySeconds: number, { verify }: { verify: boolean }): number {
  return START_SECONDS + copySeconds * (verify ? 1 + VERIFY_SHARE : 1);
}
