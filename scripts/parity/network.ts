import { findNetwork } from '../../models/registry.ts';
import type { NetworkEntry } from '../../models/entry.ts';
import { loadTensorFlow } from '../../src/runtime/tensorflow.ts';
import { recordForward } from '../../src/trace/network.ts';
import { compareTensors, type Differences, differencesFrom, problemsOf } from './compare.ts';
import { compute, type Problem } from './compute.ts';
import { fillPictures, fillTensor, labelsOf } from './formula.ts';
import type { Reference } from './reference.ts';

export interface Outcome {
  readonly problems: readonly string[];
  readonly eager?: Differences;
  readonly graph?: Differences;
}

/** The last tensor is the classifier's bias. */
function classesOf({ tensors }: Reference): number {
  const [, [classes = 0]] = tensors[tensors.length - 1]!;
  return classes;
}

/** The network of a reference: nothing random, heads only where the reference has them. */
function build(entry: NetworkEntry, reference: Reference) {
  const classes = classesOf(reference);
  const auxiliary = reference.tensors.some(([name]) => name.startsWith('aux1.'));
  const wanted = { classes, auxiliary, dropout: 0, stochasticDepth: 0 };
  const taken = Object.entries(wanted).filter(([name]) => name in entry.options);
  return { forward: entry.build(Object.fromEntries(taken)), classes };
}

/** Builds the network that a reference names (`resnet18` or `resnet18@96`) and compares it in both modes. */
export function checkNetwork(name: string, reference: Reference): Outcome {
  // One thread: sums of floats then come in one order whatever the machine has.
  loadTensorFlow({ threads: 1 });
  const entry = findNetwork(name.replace(/@\d+$/, ''));
  const { forward, classes } = build(entry, reference);
  const [batch, , height, width] = reference.input;
  if (height !== width) return { problems: [`pictures of ${height} x ${width} are not square`] };
  const { specs } = recordForward(forward, { batch, input: height, training: true });
  const problems = compareTensors(specs, reference);
  if (problems.length > 0) return { problems };
  const problem: Problem = {
    forward,
    specs,
    values: new Map(specs.map((spec) => [spec.name, fillTensor(spec)])),
    batch,
    size: height,
    images: fillPictures(reference.input),
    labels: labelsOf(batch, classes),
  };
  const eager = differencesFrom(compute(problem, 'eager'), reference);
  const graph = differencesFrom(compute(problem, 'graph'), reference);
  return {
    eager,
    graph,
    problems: [
      ...problemsOf(eager).map((line) => `eager: ${line}`),
      ...problemsOf(graph).map((line) => `graph: ${line}`),
    ],
  };
}
