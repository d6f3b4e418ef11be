import { describe, expect, it } from 'vitest';
import { makespan } from '../../../src/sweep/planning/makespan.ts';

const task = (id: string, seconds: number, after: string | null = null) => ({ id, seconds, after });

describe('makespan', () => {
  it('is the sum of all times with one worker, and the end of the last task with several', () => {
    const tasks = [task('a', 3), task('b', 5), task('c', 2)];
    expect(makespan(tasks, 1)).toBe(10);
    // a and b start at the same time. c follows a.
    expect(makespan(tasks, 2)).toBe(5);
    expect(makespan(tasks, 8)).toBe(5);
    expect(makespan([], 2)).toBe(0);
  });

  it('lets runs wait for their anchor while other runs continue', () => {
    const tasks = [task('anchor', 4), task('waits', 3, 'anchor'), task('free', 2)];
    expect(makespan(tasks, 2)).toBe(7);
    expect(makespan(tasks, 1)).toBe(9);
    // An anchor that is not in the list has ended.
    expect(makespan([task('waits', 3, 'gone')], 2)).toBe(3);
  });
});
