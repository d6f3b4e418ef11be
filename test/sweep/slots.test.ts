import { describe, expect, it } from 'vitest';
import { slotsFor } from '../../src/sweep/slots.ts';

const slotVariables = (gpus: number, threads: number, workers?: number, visible?: string) =>
  slotsFor({ gpus, threads }, workers, visible, {}).map(({ env }) => [
    env['CUDA_VISIBLE_DEVICES'],
    env['TF_NUM_INTRAOP_THREADS'],
  ]);

describe('slotsFor', () => {
  it.each([
    ['one worker on a machine without GPUs has all cores', [0, 8], [[undefined, '8']]],
    [
      'two workers share the cores',
      [0, 8, 2],
      [
        [undefined, '4'],
        [undefined, '4'],
      ],
    ],
    [
      'more workers than cores have one core each',
      [0, 2, 3],
      [
        [undefined, '1'],
        [undefined, '1'],
        [undefined, '1'],
      ],
    ],
    [
      'one run per GPU',
      [2, 8],
      [
        ['0', '4'],
        ['1', '4'],
      ],
    ],
    [
      'only the visible GPUs',
      [8, 32, undefined, '2, 5'],
      [
        ['2', '16'],
        ['5', '16'],
      ],
    ],
    ['GPUs by UUID', [2, 4, undefined, 'GPU-1a'], [['GPU-1a', '4']]],
    ['GPUs before -1 are visible, as in CUDA', [3, 6, undefined, '2,-1,1'], [['2', '6']]],
    ['GPUs before a missing GPU are visible, as in CUDA', [2, 4, undefined, '1,2,0'], [['1', '4']]],
    ['one run per GPU, even if it is named twice', [2, 4, undefined, '1,1'], [['1', '4']]],
    ['only a missing GPU is named', [2, 4, undefined, '7'], [[undefined, '4']]],
    ['all GPUs are hidden', [2, 4, undefined, '-1'], [[undefined, '4']]],
    [
      'workers share GPUs in turn',
      [2, 8, 3],
      [
        ['0', '2'],
        ['1', '2'],
        ['0', '2'],
      ],
    ],
  ] as const)('%s', (_, [gpus, threads, workers, visible], expected) => {
    expect(slotVariables(gpus, threads, workers, visible)).toEqual(expected);
  });

  it('keeps the threads that the user has set', () => {
    const [slot] = slotsFor({ gpus: 0, threads: 8 }, 2, undefined, { TF_NUM_INTRAOP_THREADS: '3' });
    expect(slot?.env).toEqual({ TF_NUM_INTEROP_THREADS: '4', OMP_NUM_THREADS: '4' });
  });
});
