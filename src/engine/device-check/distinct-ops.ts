import type { NetworkEntry } from '../../../models/entry.ts';
import { recipeSchema } from '../../config/recipe.ts';
import { messageOf } from '../../base/errors.ts';
import type { Recording, RecordedOp } from '../../trace/recording.ts';
import { fuse } from '../../trace/fuse/fuse.ts';
import { recordFunctions, stepFunctions } from '../create-engine.ts';
import { planStep } from '../plan.ts';
import type { ListedOp } from './results.ts';

/** The input sizes in pixels that are tried for each network, until the network takes one. */
export const INPUT_SIZES = [64, 128, 224] as const;
const BATCH = 4;

/** Calls `work` with one input size after another until it does not throw. @throws the error of the last size. */
export function withFittingInput<Result>(work: (input: number) => Result): Result {
  for (const input of INPUT_SIZES.slice(0, -1)) {
    try {
      return work(input);
    } catch {
      // The size is too small for this network.
    }
  }
  return work(INPUT_SIZES.at(-1)!);
}

/** A recipe with most of the ops that recipes add. */
const recipeFor = ({ family }: NetworkEntry) =>
  recipeSchema.parse({
    ...{ batch: BATCH, epochs: 1, learningRate: 0.1, dropout: 0.1, clipGradientNorm: 1, labelSmoothing: 0.1 },
    ...{ weightDecay: { value: 1e-4 }, movingAverage: { decay: 0.9 } },
    optimizer: { name: family.startsWith('efficient') || family.startsWith('mnas') ? 'rmsprop' : 'sgd' },
  });

function recordSteps(entry: NetworkEntry): ReadonlyMap<string, Recording> {
  return withFittingInput((input) => {
    const size = { input, side: input + 8, padding: 4 };
    return recordFunctions(stepFunctions(planStep({ forward: entry.build(), recipe: recipeFor(entry), ...size })));
  });
}

function toListed(op: RecordedOp, { constants }: Recording): Omit<ListedOp, 'layer' | 'networks'> {
  return {
    op: op.name,
    attributes: op.attributes.map(({ name, type, value }) => ({ name, type, value: value as number })),
    inputs: op.inputs.map(({ id, shape, dtype }) => {
      const constant = constants.get(id);
      return { shape: [...shape], dtype, ...(constant && { values: Array.from(constant.values) }) };
    }),
    outputs: op.outputs.length,
  };
}

/**
 * Every distinct op (name, attributes, shapes, types, constants) of the training and evaluation steps of the networks, both as they
 * are recorded and as a GPU executes them.
 * @param skip called with the name of a network and the reason if its steps cannot be recorded.
 */
export function distinctOps(
  networks: readonly NetworkEntry[],
  skip: (network: string, reason: string) => void = () => undefined,
): ListedOp[] {
  const found = new Map<string, ListedOp>();
  for (const entry of networks) {
    try {
      for (const recording of [...recordSteps(entry).values()].flatMap((recorded) => [
        recorded,
        fuse(recorded, { device: 'gpu' }),
      ]))
        for (const op of recording.ops) {
          const listed = toListed(op, recording);
          const key = JSON.stringify(listed);
          const known = found.get(key);
          if (!known) found.set(key, { ...listed, layer: op.layer || op.direction, networks: [entry.name] });
          else if (!known.networks.includes(entry.name)) known.networks.push(entry.name);
        }
    } catch (error) {
      skip(entry.name, messageOf(error));
    }
  }
  return [...found.values()];
}
