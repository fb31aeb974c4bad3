/** The log stream of one attempt of a job: its worker writes it, the API reads it. Job ids have no slash. */
export function workerLogStream({ jobId, attempt }: { jobId: string; attempt: number }): string {
  return `${jobId}/${attempt}`;
}
