import { dataError } from '../base/errors.ts';
import { nameList } from '../base/name-list.ts';
import { toFloat32, integerOf, isFloatType, type StoredTensor, type WritableTensor } from '../base/safetensors.ts';
import type { TensorSpec } from './scope.ts';
import { wrapperPrefix } from './weight-names.ts';

/** PyTorch's batch norms also count the batches they have seen; nothing here depends on it. */
const COUNTER = 'num_batches_tracked';

/** The counters' names: one for each batch norm. */
const countersOf = (specs: readonly TensorSpec[]): string[] =>
  specs.filter(({ name }) => name.endsWith('.running_var')).map(({ name }) => name.replace(/running_var$/, COUNTER));

const written = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** What keeps a tensor from being this one, in a few words. */
function misfit({ name, shape }: TensorSpec, stored: StoredTensor): string | undefined {
  if (written(stored.shape) !== written(shape))
    return `${name} is ${written(stored.shape)} instead of ${written(shape)}`;
  return isFloatType(stored.dtype) ? undefined : `${name} is ${stored.dtype} instead of F32`;
}

/** At most so many names stand in one error. */
const MAX_NAMES = 10;

function describeProblems(problems: Readonly<Record<string, readonly string[]>>): string {
  const kinds = Object.entries(problems).filter(([, names]) => names.length > 0);
  const most = Math.floor(MAX_NAMES / kinds.length);
  return kinds.map(([title, names]) => `${title}: ${nameList(names, most)}`).join('; ');
}

export interface FittedWeights {
  /** In PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Batches that each batch norm has seen, by the counter's name; those that the file holds. */
  readonly counters: ReadonlyMap<string, bigint>;
  /** What stood in front of every name in the file, and was left out. */
  readonly prefix: string;
}

/**
 * The values of a network's tensors out of a file in PyTorch's layout, as `load_state_dict(strict=True)` would take them:
 * F16, BF16 and F64 become float32. A prefix that all names carry is left out; see weight-names.ts.
 * @throws UserError exit code 65 in one line that names missing, extra and misshapen tensors, ten at most.
 */
export function fitWeights(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  specs: readonly TensorSpec[],
): FittedWeights {
  const counterNames = countersOf(specs);
  const wanted = new Set([...specs.map(({ name }) => name), ...counterNames]);
  const prefix = wrapperPrefix(file, [...tensors.keys()], wanted);
  const stored = new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  const misshapen = specs.flatMap((spec) => {
    const tensor = stored.get(spec.name);
    const problem = tensor && misfit(spec, tensor);
    return problem === undefined ? [] : [problem];
  });
  const problems = {
    missing: specs.filter(({ name }) => !stored.has(name)).map(({ name }) => name),
    extra: [...stored.keys()].filter((name) => !wanted.has(name)),
    misshapen,
  };
  if (Object.values(problems).some((names) => names.length > 0))
    throw dataError(
      `${file} does not fit the network${prefix && ` (without "${prefix}" in front of every name)`}; ` +
        describeProblems(problems),
    );
  const counters = counterNames.flatMap((name): [string, bigint][] => {
    const tensor = stored.get(name);
    return tensor === undefined ? [] : [[name, integerOf(name, tensor)]];
  });
  const values = specs.map(({ name }) => [name, toFloat32(name, stored.get(name)!)] as const);
  return { values: new Map(values), counters: new Map(counters), prefix };
}

/**
 * A network's tensors as PyTorch's strict loading wants them: each batch norm's counter (int64, of no dimension) too.
 * `values` are in PyTorch's layout; `batches` says how many training batches the norm of a counter has seen.
 */
export function torchState(
  specs: readonly TensorSpec[],
  values: ReadonlyMap<string, Float32Array>,
  batches: (counter: string) => bigint,
): Map<string, WritableTensor> {
  const counters = countersOf(specs).map((name): [string, WritableTensor] => [
    name,
    { shape: [], values: BigInt64Array.of(batches(name)) },
  ]);
  const tensors = specs.map(({ name, shape }): [string, WritableTensor] => [
    name,
    { shape, values: values.get(name)! },
  ]);
  return new Map([...counters, ...tensors]);
}
