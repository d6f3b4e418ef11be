import { dataError } from '../base/errors.ts';
import { floatsOf, type StoredTensor, type WritableTensor } from '../base/safetensors.ts';
import type { TensorSpec } from './scope.ts';

/** PyTorch's batch norms also count the batches they have seen; nothing here depends on it. */
const COUNTER = 'num_batches_tracked';
const isCounter = (name: string): boolean => name.endsWith(`.${COUNTER}`);

const written = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** What keeps a tensor from being this one, in a few words. */
function misfit({ name, shape }: TensorSpec, stored: StoredTensor): string | undefined {
  if (written(stored.shape) !== written(shape))
    return `${name} is ${written(stored.shape)} instead of ${written(shape)}`;
  return stored.dtype === 'F32' ? undefined : `${name} is ${stored.dtype} instead of F32`;
}

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}: ${items.join(', ')}`];

/**
 * The values of a network's tensors out of a file in PyTorch's layout, as `load_state_dict(strict=True)` would take them.
 * @throws UserError exit code 65 in one line that names every missing, extra and misshapen tensor.
 */
export function fitWeights(
  file: string,
  stored: ReadonlyMap<string, StoredTensor>,
  specs: readonly TensorSpec[],
): Map<string, Float32Array> {
  const wanted = new Set(specs.map(({ name }) => name));
  const missing = specs.filter(({ name }) => !stored.has(name)).map(({ name }) => name);
  const extra = [...stored.keys()].filter((name) => !wanted.has(name) && !isCounter(name));
  const misshapen = specs.flatMap((spec) => {
    const tensor = stored.get(spec.name);
    const problem = tensor && misfit(spec, tensor);
    return problem === undefined ? [] : [problem];
  });
  const problems = [
    ...list('missing', missing),
    ...list('extra', extra),
    ...list('misshapen', misshapen),
  ];
  if (problems.length > 0)
    throw dataError(`${file} does not fit the network; ${problems.join('; ')}`);
  return new Map(specs.map(({ name }) => [name, floatsOf(name, stored.get(name)!)]));
}

/**
 * A network's tensors as PyTorch's strict loading wants them: each batch norm's counter (int64, of no dimension) too.
 * `values` are in PyTorch's layout; `batches` is how many training batches the norms have seen.
 */
export function torchState(
  specs: readonly TensorSpec[],
  values: ReadonlyMap<string, Float32Array>,
  batches: number,
): Map<string, WritableTensor> {
  const counters = specs
    .filter(({ name }) => name.endsWith('.running_var'))
    .map(({ name }): [string, WritableTensor] => [
      name.replace(/running_var$/, COUNTER),
      { shape: [], values: BigInt64Array.of(BigInt(batches)) },
    ]);
  const tensors = specs.map(({ name, shape }): [string, WritableTensor] => [
    name,
    { shape, values: values.get(name)! },
  ]);
  return new Map([...counters, ...tensors]);
}
