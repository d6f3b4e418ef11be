import { int } from '../../nn/raw.ts';
import { FIRST_ADDED_ID, prune, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { isStored, Rewriter, storedAs } from './rewriter.ts';

/** Where a channel comes from. */
interface Source {
  readonly tensor: TensorType;
  readonly channel: number;
}

/** What a tensor's channels are copies of. */
interface Composition {
  /** One for each channel, in order. */
  readonly sources: readonly Source[];
  /** Whether a shuffle has moved them. */
  readonly isShuffled: boolean;
}

/** The axis of the channels. */
const LAST = 3;

const isImage = ({ shape }: TensorType): boolean => shape.length === LAST + 1;

/** Finds the channels that the results of concat, split, slice and shuffle are copies of. */
class Channels {
  readonly #rewriter: Rewriter;
  readonly #known = new Map<number, Composition>();

  constructor(rewriter: Rewriter) {
    this.#rewriter = rewriter;
  }

  #constant(tensor: TensorType | undefined): number[] {
    return Array.from(this.#rewriter.recording.constants.get(tensor?.id ?? -1)?.values ?? []);
  }

  /**
   * Matches a channel shuffle that ends with `op`: reshape, transpose and reshape. Returns the shuffled images `x`, the number of
   * groups, and the two inner ops.
   */
  shuffle(op: RecordedOp | undefined): { x: TensorType; groups: number; inner: RecordedOp[] } | undefined {
    if (op?.name !== 'Reshape') return undefined;
    const transpose = this.#rewriter.maker(op.inputs[0], 'Transpose');
    const before = this.#rewriter.maker(transpose?.inputs[0], 'Reshape');
    const x = before?.inputs[0];
    if (!transpose || !before || !x || String(this.#constant(transpose.inputs[1])) !== '0,2,1') return undefined;
    const [, groups = 1, size = 1] = before.outputs[0]!.shape;
    if (!isImage(x) || groups * size !== x.shape[LAST] || op.outputs[0]!.shape.join() !== x.shape.join())
      return undefined;
    return { x, groups, inner: [transpose, before] };
  }

  /** Whether an op only moves whole channels. */
  moves(op: RecordedOp): boolean {
    const [y] = op.outputs;
    if (!y || !isStored(op) || !isImage(y)) return false;
    if (op.name === 'ConcatV2') return String(this.#constant(op.inputs.at(-1))) === String(LAST);
    if (op.name === 'Split') return String(this.#constant(op.inputs[0])) === String(LAST);
    if (op.name === 'Slice') return op.inputs[0]!.shape.slice(0, LAST).join() === y.shape.slice(0, LAST).join();
    return this.shuffle(op) !== undefined;
  }

  composition(tensor: TensorType): Composition {
    const known = this.#known.get(tensor.id) ?? this.#compose(tensor);
    this.#known.set(tensor.id, known);
    return known;
  }

  #compose(tensor: TensorType): Composition {
    const channels = tensor.shape[LAST] ?? 0;
    const itself = Array.from({ length: channels }, (_, channel) => ({ tensor, channel }));
    const op = this.#rewriter.maker(tensor, 'ConcatV2', 'Split', 'Slice', 'Reshape');
    if (!op || !this.moves(op)) return { sources: itself, isShuffled: false };
    if (op.name === 'ConcatV2') {
      const parts = op.inputs.slice(0, -1).map((input) => this.composition(input));
      return {
        sources: parts.flatMap(({ sources }) => sources),
        isShuffled: parts.some(({ isShuffled }) => isShuffled),
      };
    }
    if (op.name === 'Reshape') {
      const { x, groups } = this.shuffle(op)!;
      const { sources } = this.composition(x);
      const size = channels / groups;
      const from = (k: number): number => (k % groups) * size + Math.floor(k / groups);
      return { sources: itself.map((_, k) => sources[from(k)]!), isShuffled: true };
    }
    const { sources, isShuffled } = this.composition(op.inputs[op.name === 'Split' ? 1 : 0]!);
    const place = op.outputs.findIndex(({ id }) => id === tensor.id);
    const begin = op.name === 'Split' ? place * channels : this.#constant(op.inputs[1])[LAST]!;
    return { sources: sources.slice(begin, begin + channels), isShuffled };
  }
}

/**
 * Copies the channels of a shuffled tensor straight from the tensors that they come from: one pass instead of a concat, a shuffle
 * and a split. Only tensors that are read by an op that computes are made, not those between two moves of channels.
 */
export function fuseChannels(recording: Recording): Recording {
  const rewriter = new Rewriter(recording);
  const channels = new Channels(rewriter);
  const moving = new Set<RecordedOp>();
  for (const op of recording.ops) {
    if (!channels.moves(op)) continue;
    for (const part of [op, ...(channels.shuffle(op)?.inner ?? [])]) moving.add(part);
  }
  let next = FIRST_ADDED_ID.channels;
  const fuseOutput = (op: RecordedOp, y: TensorType): RecordedOp | undefined => {
    const { sources, isShuffled } = channels.composition(y);
    const isRead = rewriter.isFetched(y) || rewriter.readers(y).some((reader) => !moving.has(reader));
    if (!isShuffled || !isRead) return undefined;
    const inputs = [...new Map(sources.map(({ tensor }) => [tensor.id, tensor])).values()];
    const places = new Map(inputs.map(({ id }, place) => [id, place]));
    const attributes = [
      storedAs(y),
      int('N', inputs.length),
      int(
        'sources',
        sources.map(({ tensor }) => places.get(tensor.id)!),
      ),
      int(
        'channels',
        sources.map(({ channel }) => channel),
      ),
    ];
    return { ...op, name: 'DoubletimeChannels', attributes, inputs, outputs: [y] };
  };
  const ops = recording.ops.flatMap((op) => {
    if (!moving.has(op) || !isImage(op.outputs[0]!)) return [op];
    const fused = op.outputs.map((y) => fuseOutput(op, y));
    // The op keeps no output that is fused. Without readers `prune` removes it.
    const outputs = op.outputs.map((y, k) => (fused[k] ? { ...y, id: next++ } : y));
    return [{ ...op, outputs }, ...fused.filter((added) => added !== undefined)];
  });
  return prune({ ...recording, ops });
}
