export interface Case<Context> {
  /** A sentence. */
  name: string;
  run: (context: Context) => Promise<void>;
}

/** Runs the cases one after the other, telling each; the number of those that failed. */
export async function runCases<Context>(
  cases: readonly Case<Context>[],
  context: Context,
  say: (line: string) => void,
): Promise<number> {
  let failed = 0;
  for (const { name, run } of cases) {
    try {
      await run(context);
      say(`ok   ${name}`);
    } catch (error) {
      failed += 1;
      say(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed;
}
