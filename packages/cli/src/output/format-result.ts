import type { JobResult } from '@seren-replicator/job-models';
import { formatChecks } from './format-checks.ts';
import { formatCutover } from './format-cutover.ts';
import { formatInit } from './format-init.ts';
import { formatStatus } from './format-status.ts';
import { formatSync } from './format-sync.ts';
import { formatVerification } from './format-verification.ts';
import type { Colors } from './output.ts';

/** What a command has to say at its end, for people. */
export function formatResult(colors: Colors, result: JobResult): string {
  switch (result.command) {
    case 'validate':
      return formatChecks(colors, result);
    case 'verify':
      return formatVerification(colors, result.verification);
    case 'init':
      return formatInit(colors, result);
    case 'sync':
      return formatSync(colors, result);
    case 'status':
      return formatStatus(colors, result);
    case 'cutover':
      return formatCutover(colors, result);
  }
}
