import { describe, expect, it } from 'vitest';
import { runSchema, type RunConfig } from '../../src/config/run.ts';
import { findForeign } from '../../src/results/foreign.ts';
import { makeMeasurement, withConfigOf } from '../support/measurements.ts';

const config: RunConfig = runSchema.parse({ ...makeMeasurement().config, level: { metric: 'top5', anchor: 'a' } });
const measured = withConfigOf({ config: { ...config, level: { ...config.level!, value: 0.5 } } }, makeMeasurement());
const keyOf = (run: RunConfig): string | undefined => findForeign(measured, run)?.path.join('.');

describe('a measurement', () => {
  it('is of the run with its config, whatever the value that an anchor set and the settings of the execution', () => {
    expect(keyOf(config)).toBeUndefined();
    expect(keyOf({ ...config, execution: { ...config.execution, threads: 3 } })).toBeUndefined();
    expect(keyOf({ ...config, data: { ...config.data, labels: 'names' } })).toBeUndefined();
  });

  it.each<[string, Partial<RunConfig>]>([
    ['seed', { seed: 7 }],
    ['network.name', { network: { name: 'vgg11' } }],
    ['network.width', { network: { name: 'alexnet', width: 0.5 } }],
    ['recipe.epochs', { recipe: { ...config.recipe, epochs: 3 } }],
    ['level.metric', { level: { ...config.level!, metric: 'top1' } }],
    ['level.value', { level: { ...config.level!, value: 0.6 } }],
  ])('is of another run if %s differs', (key, changed) => {
    expect(keyOf({ ...config, ...changed })).toBe(key);
  });

  it('is accepted if this version cannot read its config', () => {
    expect(findForeign({ ...measured, config: { early: true } }, { ...config, seed: 7 })).toBeUndefined();
  });
});
