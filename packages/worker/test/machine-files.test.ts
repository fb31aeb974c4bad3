/** The files that make a machine of the worker: a unit of systemd and a recipe for a container. */
import { describe, expect, test } from '@jest/globals';
import { UNDO_DEADLINE_MS } from '@seren-replicator/replication';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWorkerConfig } from '../src/worker-config.ts';

const read = (name: string): Promise<string> => readFile(join(import.meta.dirname, '..', name), 'utf8');
const UNIT = 'seren-replicator-worker.service';

describe('the unit', () => {
  test('powers the machine off however the worker ends, and watches over it', async () => {
    const unit = await read(UNIT);
    for (const line of ['SuccessAction=poweroff-force', 'FailureAction=poweroff-force', 'Restart=no']) {
      expect(unit.split('\n')).toContain(line);
    }
    expect(unit).toMatch(/^WatchdogSec=\d+$/m);
    expect(unit).toMatch(/^LimitCORE=0$/m);
  });

  test('waits for what a worker may take to stop, which is longer than a cutover takes to be taken back', async () => {
    const { times } = readWorkerConfig(
      { SEREN_JOB_ID: 'job', SEREN_JOB_ATTEMPT: '1', SEREN_JOB_TABLE: 'jobs', SEREN_DATA_KEY: 'key' },
      1,
    );
    expect(times.stopDeadlineMs).toBeGreaterThan(UNDO_DEADLINE_MS);
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(await read(UNIT)) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(times.stopDeadlineMs);
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  (hasSystemd ? test : test.skip)(
    'is one that systemd understands (skipped without systemd-analyze)',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'seren-unit-test-'));
      try {
        const path = join(directory, UNIT);
        const unit = await read(UNIT);
        await writeFile(path, unit.replace('/opt/seren-replicator/node ', `${process.execPath} `));
        const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
        const lines = `${stdout}${stderr}`.split('\n');
        expect(lines.filter((line) => line.includes(UNIT))).toEqual([]);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  );
});

test('the container holds the bundle alone and does not run as root', async () => {
  const lines = (await read('Dockerfile')).split('\n').filter((line) => /^[A-Z]+ /.test(line));
  expect(lines.filter((line) => line.startsWith('FROM'))).toEqual(['FROM node:24-slim']);
  expect(lines.filter((line) => /^(COPY|ADD|RUN)/.test(line))).toEqual([
    'COPY --chown=root:root --chmod=a=rX packages/worker/dist/ ./',
  ]);
  expect(lines.indexOf('USER node')).toBeGreaterThan(lines.findIndex((line) => line.startsWith('COPY')));
});
