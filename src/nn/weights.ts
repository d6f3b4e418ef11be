import { dataError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import { nameList } from '../base/text/name-list.ts';
import { toFloat32, toInt64, isFloatType, type StoredTensor, type WritableTensor } from '../base/files/safetensors.ts';
import type { TensorSpec } from './scope.ts';
import { wrapperPrefix } from './weight-names.ts';
import { formatShape } from '../base/text/shape.ts';

/** PyTorch's batch norms also count their training batches; doubletime does not use this counter. */
const COUNTER = 'num_batches_tracked';

/** The names of the counters: one per batch norm. */
const findCounterNames = (specs: readonly TensorSpec[]): string[] =>
  specs.filter(({ name }) => name.endsWith('.running_var')).map(({ name }) => name.replace(/running_var$/, COUNTER));

/** Why a stored tensor does not fit; undefined if it fits. */
function describeMismatch({ name, shape }: TensorSpec, stored: StoredTensor): string | undefined {
  if (formatShape(stored.shape) !== formatShape(shape))
    return `${name} is ${formatShape(stored.shape)}, expected ${formatShape(shape)}`;
  return isFloatType(stored.dtype) ? undefined : `${name} is ${stored.dtype}, expected F32`;
}

/** Maximum number of names in one error. */
const MAX_NAMES = 10;

function describeProblems(problems: Readonly<Record<string, readonly string[]>>): string {
  const kinds = Object.entries(problems).filter(([, names]) => names.length > 0);
  const namesPerKind = Math.floor(MAX_NAMES / kinds.length);
  return kinds.map(([title, names]) => `${title}: ${nameList(names, namesPerKind)}`).join('; ');
}

/**
 * An explanation for a file that differs from the network only in the number of classes: every tensor with another shape differs
 * only in its first dimension, which is `classes` in the network. Empty in all other cases.
 */
function describeClasses(
  specs: readonly TensorSpec[],
  stored: ReadonlyMap<string, StoredTensor>,
  classes: number | undefined,
): string {
  const others = specs.flatMap(({ name, shape }) => {
    const tensor = stored.get(name);
    return tensor && formatShape(tensor.shape) !== formatShape(shape)
      ? [{ actual: tensor.shape, expected: shape }]
      : [];
  });
  const counts = new Set(others.map(({ actual }) => actual[0]));
  const sameRest = others.every(
    ({ actual, expected }) => formatShape(actual.slice(1)) === formatShape(expected.slice(1)),
  );
  const areHeads = others.every(({ expected }) => expected[0] === classes);
  if (classes === undefined || others.length === 0 || counts.size !== 1 || !sameRest || !areHeads) return '';
  return `: the file is for ${formatCount([...counts][0]!, 'class')}, the dataset has ${classes}`;
}

/** The values of a file that fits a network. */
export interface FittedWeights {
  /** The values of the network's tensors by name, in PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** The number of training batches of each batch norm, by the name of its counter, if the file contains it. */
  readonly counters: ReadonlyMap<string, bigint>;
  /** The prefix that was removed from every name in the file; empty if there was none. */
  readonly prefix: string;
}

/**
 * Reads the values of a network's tensors from a file, which must fit as for PyTorch's `load_state_dict(strict=True)`. F16, BF16
 * and F64 become float32. A wrapper prefix on all names is removed; see weight-names.ts.
 * @param classes the number of classes of the dataset; the error names it if only this number differs.
 * @throws UserError exit code 65 that names at most ten missing tensors, extra tensors and tensors of a wrong shape or type.
 */
export function fitWeights(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  specs: readonly TensorSpec[],
  classes?: number,
): FittedWeights {
  const counterNames = findCounterNames(specs);
  const expected = new Set([...specs.map(({ name }) => name), ...counterNames]);
  const prefix = wrapperPrefix(file, [...tensors.keys()], expected);
  const stored = new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  const mismatches = specs.flatMap((spec) => {
    const tensor = stored.get(spec.name);
    const problem = tensor && describeMismatch(spec, tensor);
    return problem === undefined ? [] : [problem];
  });
  const problems = {
    missing: specs.filter(({ name }) => !stored.has(name)).map(({ name }) => name),
    extra: [...stored.keys()].filter((name) => !expected.has(name)),
    'wrong shape or type': mismatches,
  };
  if (Object.values(problems).some((names) => names.length > 0))
    throw dataError(
      `${file} does not fit the network${prefix && ` (after the prefix "${prefix}" was removed)`}; ` +
        describeProblems(problems) +
        describeClasses(specs, stored, classes),
    );
  const counters = counterNames.flatMap((name): [string, bigint][] => {
    const tensor = stored.get(name);
    return tensor === undefined ? [] : [[name, toInt64(name, tensor)]];
  });
  const values = specs.map(({ name }) => [name, toFloat32(name, stored.get(name)!)] as const);
  return { values: new Map(values), counters: new Map(counters), prefix };
}

/**
 * The tensors of a network for PyTorch's strict loading, including each batch norm's counter (an int64 scalar). `values` are in
 * PyTorch's layout; `batches` returns the number of training batches for the name of a counter.
 */
export function toPyTorchState(
  specs: readonly TensorSpec[],
  values: ReadonlyMap<string, Float32Array>,
  batches: (counter: string) => bigint,
): Map<string, WritableTensor> {
  const counters = findCounterNames(specs).map((name): [string, WritableTensor] => [
    name,
    { shape: [], values: BigInt64Array.of(batches(name)) },
  ]);
  const tensors = specs.map(({ name, shape }): [string, WritableTensor] => [
    name,
    { shape, values: values.get(name)! },
  ]);
  return new Map([...counters, ...tensors]);
}
