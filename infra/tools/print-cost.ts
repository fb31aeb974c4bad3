/** Prints what a stack costs in a month, and jobs by size; `scripts/cost`. */
import { argv, stderr, stdout } from 'node:process';
import { jobCost, type JobCost } from '../cost/job-cost.ts';
import { monthlyCost, type CostLine } from '../cost/monthly-cost.ts';
import { prices } from '../cost/prices.ts';
import { parseConfig } from '../config/parse-config.ts';
import { sampleAccount } from '../preview/account.ts';
import { readStackConfig, type Stack } from '../preview/read-stack-config.ts';
import { runProgram } from '../preview/run-program.ts';

const SIZES_IN_GIGABYTES = [1, 10, 100, 1_000];

interface Cost {
  stack: Stack;
  prices_as_of: string;
  region: string;
  monthly: CostLine[];
  monthly_total: number;
  jobs: JobCost[];
}

async function computeCost(stack: Stack): Promise<Cost> {
  // Who hears alarms costs nothing, and need not be known for a price.
  const config = {
    'seren-replicator:alarms': { email: 'nobody@example.com' },
    ...(await readStackConfig(stack)),
  };
  const { graph, errors } = await runProgram({ stack, config, account: sampleAccount });
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const { config: parsed } = parseConfig(Object.fromEntries(texts) as Record<string, string>, stack);
  if (parsed === null) throw new Error('The configuration cannot be read.');
  const surroundings = {
    market: parsed.worker.market,
    isPrivate: parsed.network.mode === 'private',
    rootVolumeGigabytes: parsed.worker.rootVolumeGigabytes,
  };
  const monthly = monthlyCost(graph);
  return {
    stack,
    prices_as_of: prices.asOf,
    region: prices.region,
    monthly,
    monthly_total: monthly.reduce((total, { dollarsPerMonth }) => total + dollarsPerMonth, 0),
    jobs: SIZES_IN_GIGABYTES.map((gigabytes) => jobCost(gigabytes, surroundings)),
  };
}

function formatCost(cost: Cost): string {
  const dollars = (amount: number, digits = 2): string => `$${amount.toFixed(digits)}`.padStart(9);
  return [
    `Stack ${cost.stack}, list prices of ${cost.region} as of ${cost.prices_as_of}, without free tiers.`,
    '',
    'A month, with no job running:',
    ...cost.monthly.map(
      ({ what, count, dollarsPerMonth }) => `${dollars(dollarsPerMonth)}  ${what} × ${count}`,
    ),
    `${dollars(cost.monthly_total)}  in all`,
    '',
    'A job that copies and compares, at 50 MB/s:',
    '  size        machine        hours      costs  + NAT   + out of AWS',
    ...cost.jobs.map(
      (job) =>
        `${String(job.gigabytes).padStart(5)} GB   ${job.instanceType.padEnd(12)} ${job.hours.toFixed(2).padStart(7)} ${dollars(job.dollars, 3)} ${dollars(job.natDollars)} ${dollars(job.trafficOutDollars)}`,
    ),
    '',
  ].join('\n');
}

const [stage, format] = argv.slice(2);
if ((stage !== 'dev' && stage !== 'prod') || (format !== undefined && format !== '--json')) {
  stderr.write('Usage: ./scripts/cost dev|prod [--json]\n');
  process.exitCode = 2;
} else {
  const cost = await computeCost(stage);
  stdout.write(format === '--json' ? `${JSON.stringify(cost)}\n` : formatCost(cost));
}
