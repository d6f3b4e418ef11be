import { describe, expect, it } from 'vitest';
import { runSchema } from '../../../src/config/run.ts';
import { InputWaitWatch } from '../../../src/train/watch/input-wait.ts';

const config = (data: object, execution: object = {}) =>
  runSchema.parse({
    network: { name: 'resnet18' },
    data: { input: 32, ...data },
    recipe: { batch: 8, epochs: 1, learningRate: 0.1 },
    execution,
  });
const folder = config({ source: 'folder', path: '/images' }, { workers: 4 });

describe('InputWaitWatch', () => {
  it('leaves out earlier processes and the first seconds of this one', () => {
    const watch = new InputWaitWatch({ training: 1000, inputWait: 1000 });
    expect(watch.fraction({ training: 1001, inputWait: 1003 })).toBeNull();
    watch.fraction({ training: 1001, inputWait: 1006 });
    expect(watch.fraction({ training: 1010, inputWait: 1007 })).toBe(0.1);
  });

  it('warns once, with how to fix it, if more than 5 % of the time is spent waiting', () => {
    const watch = new InputWaitWatch({ training: 0, inputWait: 0 });
    const at = (training: number, inputWait: number) => watch.warning({ training, inputWait }, folder, 16);
    expect(at(1, 6)).toBeUndefined();
    // A high fraction of a short time.
    expect(at(6, 10)).toBeUndefined();
    expect(at(81, 26)).toBe(
      'this run waits for images 20.0 % of its time (more than 5.0 %): raise execution.workers, which is 4, to 16, the number of cores of ' +
        'this machine; pack the images in the size that training needs (`doubletime data pack --help`); keep the images on a local disk',
    );
    expect(at(100, 100)).toBeUndefined();
  });

  it('does not warn of at most 5 %', () => {
    const watch = new InputWaitWatch({ training: 0, inputWait: 0 });
    watch.fraction({ training: 10, inputWait: 10 });
    expect(watch.warning({ training: 109, inputWait: 14 }, folder, 16)).toBeUndefined();
  });

  it('advises a machine with more cores if all cores prepare images', () => {
    const watch = new InputWaitWatch({ training: 0, inputWait: 0 });
    watch.fraction({ training: 10, inputWait: 10 });
    const cifar = config({ source: 'cifar10' });
    expect(watch.warning({ training: 30, inputWait: 30 }, cifar, 2)).toMatch(
      /: every core prepares images already .* use a machine with more cores; keep the images/,
    );
  });
});
