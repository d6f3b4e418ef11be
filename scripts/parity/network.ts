import { findNetwork } from '../../models/registry.ts';
import type { NetworkEntry } from '../../models/entry.ts';
import { recordForward } from '../../src/trace/network.ts';
import { compareTensors, type Differences, differencesFrom, problemsOf, referenceOf } from './compare.ts';
import { compute, type Mode, type Problem } from './compute.ts';
import { fillImages, fillTensor, labelsOf } from './formula.ts';
import type { Reference } from './reference.ts';

export interface Outcome {
  readonly problems: readonly string[];
  /** Differences above the tolerance in float32 only. */
  readonly rounding?: readonly string[];
  readonly differences?: Readonly<Partial<Record<Mode, Differences>>>;
}

/** The last tensor is the classifier's bias. */
function classesOf({ tensors }: Reference): number {
  const [, [classes = 0]] = tensors[tensors.length - 1]!;
  return classes;
}

/** Builds the network of a reference, without random ops, and with auxiliary heads only if the reference has them. */
function build(entry: NetworkEntry, reference: Reference) {
  const classes = classesOf(reference);
  const auxiliary = reference.tensors.some(([name]) => name.startsWith('aux1.'));
  const wanted = { classes, auxiliary, dropout: 0, stochasticDepth: 0 };
  const taken = Object.entries(wanted).filter(([name]) => name in entry.options);
  return { forward: entry.build(Object.fromEntries(taken)), classes };
}

/**
 * Builds the network that a reference names (`resnet18` or `resnet18@96`) and compares it in eager and graph mode. In networks
 * with few pixels in their last stages, rounding can turn a relu on or off and change gradients. So if only the loss or
 * gradients exceed the tolerance, the graph's recording runs again in float64 and decides with the same tolerances; eager mode
 * and graph mode must also agree within them. Both have TensorFlow's kernels. The kernels that train on a CPU sum in another
 * order; their graph must have the same logits, and loss and gradients within `OWN_KERNELS_FACTOR` of the tolerances.
 */
export function checkNetwork(name: string, reference: Reference): Outcome {
  const entry = findNetwork(name.replace(/@\d+$/, ''));
  const { forward, classes } = build(entry, reference);
  const [batch, , height, width] = reference.input;
  if (height !== width) return { problems: [`images of ${height} x ${width} are not square`] };
  const { specs } = recordForward(forward, { batch, input: height, training: true });
  const mismatches = compareTensors(specs, reference);
  if (mismatches.length > 0) return { problems: mismatches };
  const problem: Problem = {
    forward,
    specs,
    values: new Map(specs.map((spec) => [spec.name, fillTensor(spec)])),
    batch,
    size: height,
    images: fillImages(reference.input),
    labels: labelsOf(batch, classes),
  };
  const eager = compute(problem, 'eager');
  const graph = compute(problem, 'graph');
  const differences = {
    eager: differencesFrom(eager, reference),
    graph: differencesFrom(graph, reference),
    own: differencesFrom(compute(problem, 'own'), reference),
  };
  const wrongKernels = prefixed('own kernels', problemsOf(differences.own, OWN_KERNELS_FACTOR));
  const problems = [
    ...prefixed('eager', problemsOf(differences.eager)),
    ...prefixed('graph', problemsOf(differences.graph)),
  ];
  if (problems.length === 0) return { problems: wrongKernels, differences };
  const double = differencesFrom(compute(problem, 'double'), reference);
  const unequal = problemsOf(differencesFrom(eager, referenceOf(graph, reference)));
  const failures = [
    ...prefixed('float64', problemsOf(double)),
    ...prefixed('eager against graph', unequal),
    ...problems.filter((line) => line.includes('logits')),
    ...wrongKernels,
  ];
  const all = { ...differences, double };
  return failures.length === 0
    ? { problems: [], rounding: problems, differences: all }
    : { problems: [...problems, ...failures], differences: all };
}

/**
 * In a network with few pixels in its last stages, one relu that rounding turns on or off changes the loss and many gradients a
 * little: Wide ResNet-50 and ResNeXt-50 at 64 pixels need more than the tolerances. A wrong kernel changes them by their own size.
 */
const OWN_KERNELS_FACTOR = 2;

const prefixed = (mode: string, lines: readonly string[]): string[] => lines.map((line) => `${mode}: ${line}`);
