import { findNetwork } from '../../models/registry.ts';
import type { NetworkEntry } from '../../models/entry.ts';
import { recordForward } from '../../src/trace/network.ts';
import { compareTensors, type Differences, differencesFrom, describeProblems, toReference } from './compare.ts';
import { compute, type Mode, type Problem } from './compute.ts';
import { fillImages, fillTensor, createLabels } from './formula.ts';
import type { Reference } from './reference.ts';

/** The result of a comparison. */
export interface Outcome {
  /** One line for each problem; empty if the network passed. */
  readonly problems: readonly string[];
  /** Differences above the tolerance in float32 that float64 does not have. */
  readonly rounding?: readonly string[];
  readonly differences?: Readonly<Partial<Record<Mode, Differences>>>;
}

/** The number of classes: the length of the last tensor, the classifier's bias. */
function countClasses({ tensors }: Reference): number {
  const [, [classes = 0]] = tensors[tensors.length - 1]!;
  return classes;
}

/** Builds the network of a reference, without random ops, and with auxiliary heads only if the reference has them. */
function build(entry: NetworkEntry, reference: Reference) {
  const classes = countClasses(reference);
  const auxiliary = reference.tensors.some(([name]) => name.startsWith('aux1.'));
  const options = { classes, auxiliary, dropout: 0, stochasticDepth: 0 };
  const accepted = Object.entries(options).filter(([name]) => name in entry.options);
  return { forward: entry.build(Object.fromEntries(accepted)), classes };
}

/**
 * Builds the network that a reference names (`resnet18` or `resnet18@96`) and compares it in eager and graph mode, both with
 * TensorFlow's kernels. In networks with few pixels in their last stages, rounding can turn a relu on or off and change gradients.
 * So if only the loss or gradients exceed the tolerance, the graph runs again in float64, which decides with the same tolerances;
 * eager and graph mode must then agree within them too. doubletime's own kernels sum in another order. Their graph must have the
 * same logits within the tolerance, and loss and gradients within `OWN_KERNELS_FACTOR` times the tolerances.
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
    labels: createLabels(batch, classes),
  };
  const eager = compute(problem, 'eager');
  const graph = compute(problem, 'graph');
  const differences = {
    eager: differencesFrom(eager, reference),
    graph: differencesFrom(graph, reference),
    own: differencesFrom(compute(problem, 'own'), reference),
  };
  const wrongKernels = prefixed('own kernels', describeProblems(differences.own, OWN_KERNELS_FACTOR));
  const problems = [
    ...prefixed('eager', describeProblems(differences.eager)),
    ...prefixed('graph', describeProblems(differences.graph)),
  ];
  if (problems.length === 0) return { problems: wrongKernels, differences };
  const double = differencesFrom(compute(problem, 'double'), reference);
  const disagreements = describeProblems(differencesFrom(eager, toReference(graph, reference)));
  const failures = [
    ...prefixed('float64', describeProblems(double)),
    ...prefixed('eager compared with graph', disagreements),
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
