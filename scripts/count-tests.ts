/** Prints how many tests of a jest JSON report passed and failed; a suite that did not load counts as one failure. */
import { readFile } from 'node:fs/promises';
import { argv, stdout } from 'node:process';

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numRuntimeErrorTestSuites: number;
}

const [, , path = ''] = argv;
const text = await readFile(path, 'utf8');
if (text === '') {
  stdout.write('0 1\n');
} else {
  const report = JSON.parse(text) as JestReport;
  // A skipped test is not a passed one: it fails the run until it is mended or removed.
  const failed = report.numFailedTests + report.numPendingTests + report.numRuntimeErrorTestSuites;
  stdout.write(`${report.numPassedTests} ${failed}\n`);
}
