/** Follows a source in a process of its own, for tests that kill it or weigh it. Input comes on standard input, as JSON. */
import { text } from 'node:stream/consumers';
import { follow } from './stream-pair.ts';

interface Input {
  source: string;
  target: string;
  stopAt?: string;
}

const { source, target, stopAt } = JSON.parse(await text(process.stdin)) as Input;
const outcome = await follow(
  { source, target },
  {
    ...(stopAt !== undefined && { stopAt }),
    onProgress: (progress) => process.stdout.write(`${JSON.stringify({ progress })}\n`),
  },
);
process.stdout.write(`${JSON.stringify({ outcome, maxRssMb: process.resourceUsage().maxRSS / 1024 })}\n`);
