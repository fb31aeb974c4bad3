import { describe, expect, it } from '@jest/globals';
import { runTasks, type LockMode, type Task } from './run-tasks.ts';

interface Lane {
  name: string;
}

function lanes(count: number): Lane[] {
  return Array.from({ length: count }, (_, index) => ({ name: `lane ${index}` }));
}

/** Tasks that note when they begin and end, and give others the chance to run in between. */
class Recorder {
  readonly events: string[] = [];
  running = 0;
  mostRunning = 0;

  task(id: string, options: Partial<Omit<Task<Lane>, 'id' | 'run'>> = {}): Task<Lane> {
    return {
      id,
      weight: options.weight ?? 0,
      waitsFor: options.waitsFor ?? new Set(),
      locks: options.locks ?? new Map(),
      ...(options.group !== undefined && { group: options.group }),
      run: async () => {
        this.events.push(`begin ${id}`);
        this.running += 1;
        this.mostRunning = Math.max(this.mostRunning, this.running);
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        this.running -= 1;
        this.events.push(`end ${id}`);
      },
    };
  }
}

function locks(...entries: [string, LockMode][]): Map<string, LockMode> {
  return new Map(entries);
}

describe('runTasks', () => {
  it('takes the heaviest task first', async () => {
    const recorder = new Recorder();
    const tasks = [recorder.task('small', { weight: 1 }), recorder.task('large', { weight: 2 })];
    await runTasks(lanes(1), tasks);
    expect(recorder.events).toEqual(['begin large', 'end large', 'begin small', 'end small']);
  });

  it('takes first what has the most work behind it', async () => {
    const recorder = new Recorder();
    await runTasks(lanes(1), [
      recorder.task('large', { weight: 4 }),
      recorder.task('rows', { weight: 1 }),
      recorder.task('index', { weight: 2, waitsFor: new Set(['rows']) }),
      recorder.task('key', { weight: 2, waitsFor: new Set(['index']) }),
    ]);
    const begun = recorder.events.filter((event) => event.startsWith('begin'));
    expect(begun).toEqual(['begin rows', 'begin large', 'begin index', 'begin key']);
  });

  it('counts what a table is wanted for one by one as work behind each of its tasks', async () => {
    const recorder = new Recorder();
    await runTasks(lanes(1), [
      recorder.task('large', { weight: 4 }),
      recorder.task('index', { weight: 1, locks: locks(['t', 'shared']) }),
      recorder.task('one key', { weight: 2, locks: locks(['t', 'exclusive']) }),
      recorder.task('other key', { weight: 2, locks: locks(['t', 'exclusive'], ['u', 'exclusive']) }),
    ]);
    const begun = recorder.events.filter((event) => event.startsWith('begin'));
    expect(begun).toEqual(['begin index', 'begin large', 'begin one key', 'begin other key']);
  });

  it('tells a task which share of the lanes has nothing to do', async () => {
    const told: [string, number][] = [];
    const task = (id: string, ...waitsFor: string[]): Task<Lane> => ({
      id,
      weight: 1,
      waitsFor: new Set(waitsFor),
      locks: new Map(),
      run: async (_lane, idleShare) => {
        told.push([id, idleShare]);
        await Promise.resolve();
      },
    });
    await runTasks(lanes(3), [task('a'), task('b'), task('c'), task('last', 'a', 'b', 'c')]);
    expect(told).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['last', 2 / 3],
    ]);
  });

  it('uses every lane', async () => {
    const recorder = new Recorder();
    await runTasks(
      lanes(3),
      ['a', 'b', 'c', 'd'].map((id) => recorder.task(id)),
    );
    expect(recorder.mostRunning).toBe(3);
  });

  it.each([
    [100, 4, 2],
    [50, 4, 3],
    [40, 4, 4],
    [1, 4, 4],
    // All that is left is three and a half times, two and two thirds times, one and a half times the long one.
    [40, 2, 3],
    [60, 2, 2],
    [60, 4, 3],
    [200, 2, 2],
    [1, 2, 4],
  ])(
    'beside a task of weight %i and on %i processors keeps no more lanes busy than the rest needs: %i',
    async (weight, processors, expected) => {
      const recorder = new Recorder();
      const others = Array.from({ length: 10 }, (_, index) =>
        recorder.task(`other ${index}`, { weight: 10 }),
      );
      const long: Task<Lane> = {
        ...recorder.task('long', { weight }),
        run: async () => {
          recorder.running += 1;
          while (recorder.events.length < 2 * others.length) await Promise.resolve();
          recorder.running -= 1;
        },
      };
      await runTasks(lanes(4), [long, ...others], { processors });
      expect(recorder.mostRunning).toBe(expected);
    },
  );

  it('uses every lane once the longest chain is done', async () => {
    const recorder = new Recorder();
    const others = Array.from({ length: 20 }, (_, index) => recorder.task(`other ${index}`, { weight: 1 }));
    await runTasks(lanes(4), [recorder.task('long', { weight: 30 }), ...others], { processors: 4 });
    expect(recorder.mostRunning).toBe(4);
  });

  it('spares no lane for what was done one by one before', async () => {
    const recorder = new Recorder();
    await runTasks(
      lanes(2),
      [
        recorder.task('first key', { weight: 10, locks: locks(['t', 'exclusive']) }),
        recorder.task('second key', { weight: 10, locks: locks(['t', 'exclusive']) }),
        recorder.task('other', { weight: 6, waitsFor: new Set(['first key']) }),
      ],
      { processors: 2 },
    );
    expect(recorder.mostRunning).toBe(2);
  });

  it('starts a task only after those that it waits for', async () => {
    const recorder = new Recorder();
    const index = recorder.task('index', { weight: 9, waitsFor: new Set(['rows', 'not in the list']) });
    await runTasks(lanes(2), [index, recorder.task('rows')]);
    expect(recorder.events).toEqual(['begin rows', 'end rows', 'begin index', 'end index']);
  });

  it.each<[LockMode, LockMode, number]>([
    ['shared', 'shared', 2],
    ['shared', 'exclusive', 1],
    ['exclusive', 'exclusive', 1],
  ])('lets a %s and an %s lock of one table run %i at a time', async (first, second, expected) => {
    const recorder = new Recorder();
    await runTasks(lanes(2), [
      recorder.task('a', { locks: locks(['t', first]) }),
      recorder.task('b', { locks: locks(['t', second]) }),
    ]);
    expect(recorder.mostRunning).toBe(expected);
  });

  it('runs no more tasks of a group at a time than its limit', async () => {
    const recorder = new Recorder();
    const tasks = ['a', 'b', 'c'].map((id) => recorder.task(id, { group: 'index' }));
    await runTasks(lanes(3), tasks, { limits: new Map([['index', 2]]) });
    expect(recorder.mostRunning).toBe(2);
    expect(recorder.events).toHaveLength(6);
  });

  it('starts nothing after a failure, and tells it', async () => {
    const recorder = new Recorder();
    const failing: Task<Lane> = {
      ...recorder.task('failing', { weight: 9 }),
      run: async () => {
        throw new Error('disk full');
      },
    };
    await expect(runTasks(lanes(1), [failing, recorder.task('later')])).rejects.toThrow('disk full');
    expect(recorder.events).toEqual([]);
  });

  it('awaits what is under way when another task fails', async () => {
    const recorder = new Recorder();
    const failing: Task<Lane> = {
      ...recorder.task('failing'),
      run: async () => {
        throw new Error('disk full');
      },
    };
    await expect(runTasks(lanes(2), [recorder.task('running', { weight: 9 }), failing])).rejects.toThrow();
    expect(recorder.events).toEqual(['begin running', 'end running']);
  });

  it('refuses tasks that wait for each other', async () => {
    const recorder = new Recorder();
    const tasks = [
      recorder.task('a', { waitsFor: new Set(['b']) }),
      recorder.task('b', { waitsFor: new Set(['a']) }),
    ];
    await expect(runTasks(lanes(2), tasks)).rejects.toMatchObject({ code: 'internal' });
  });
});
