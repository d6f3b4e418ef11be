import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { InvalidImageError } from '../decode/decode.ts';
import { TrainingOrder } from './order.ts';
import { Resizer } from '../resize/resizer.ts';
import type { Size } from '../resize/box.ts';
import type { Sampling } from '../resize/sampling.ts';
import { threadData } from './thread.ts';
import { drawFlip, randomWindow } from './window.ts';
import { finishTraining, planEvaluation, planTraining } from './prepare.ts';
import { PoolCell, rowsInBatch, StreamCell } from './protocol.ts';
import type { FromWorker, SharedStream, ToWorker } from './protocol.ts';
import { ImageReader } from './reader.ts';

/** A stream and the order of its training examples. */
interface OpenStream {
  readonly stream: SharedStream;
  readonly order: TrainingOrder;
}

/** Rows [from, to) of a batch. */
interface Chunk {
  readonly open: OpenStream;
  readonly batch: number;
  readonly from: number;
  readonly to: number;
}

const port = parentPort!;
const pool = threadData() as Int32Array;
const reader = new ImageReader(new Resizer());
const streams: OpenStream[] = [];

const send = (message: FromWorker): void => {
  port.postMessage(message);
};

/** Receives new streams without the event loop, which does not run while this thread waits for work. */
function takeMessages(): void {
  for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
    const { open: stream } = received.message as ToWorker;
    const { repeats } = stream.preparation.augmentation;
    streams.push({ stream, order: new TrainingOrder(stream.seed, stream.split.indices.length, repeats) });
  }
}

function dropClosed(): void {
  for (let i = streams.length - 1; i >= 0; i--) {
    if (Atomics.load(streams[i]!.stream.cells, StreamCell.closed) === 1) streams.splice(i, 1);
  }
}

/** The next chunk that can be filled. The newest stream comes first: the main thread waits for an evaluation. */
function claim(): Chunk | undefined {
  for (let i = streams.length - 1; i >= 0; i--) {
    const chunk = claimFrom(streams[i]!);
    if (chunk) return chunk;
  }
  return undefined;
}

function claimFrom(open: OpenStream): Chunk | undefined {
  const { stream } = open;
  const { cells, chunk, slots } = stream;
  const perBatch = Math.ceil(stream.batch / chunk);
  for (;;) {
    const next = Atomics.load(cells, StreamCell.claimed);
    const batch = Math.floor(next / perBatch);
    const isFull = batch - slots >= Atomics.load(cells, StreamCell.released);
    if (isFull || batch >= stream.batches) return undefined;
    if (Atomics.compareExchange(cells, StreamCell.claimed, next, next + 1) !== next) continue;
    const from = (next - batch * perBatch) * chunk;
    return { open, batch, from, to: Math.min(from + chunk, rowsInBatch(stream, batch)) };
  }
}

async function fill({ open, batch, from, to }: Chunk): Promise<void> {
  const { stream } = open;
  for (let row = from; row < to; row++) await fillRow(open, batch, row);
  if (to <= from) return;
  const slot = batch % stream.slots;
  const filled = Atomics.add(stream.cells, StreamCell.filled + slot, to - from) + to - from;
  const isComplete = filled === rowsInBatch(stream, batch);
  if (isComplete && Atomics.load(stream.cells, StreamCell.awaited) === batch + 1) {
    send({ kind: 'filled', stream: stream.id });
  }
}

async function fillRow(open: OpenStream, batch: number, row: number): Promise<void> {
  const { stream } = open;
  const { split, preparation, seed } = stream;
  const position = batch * stream.batch + row;
  const at = (batch % stream.slots) * stream.batch + row;
  const length = 3 * preparation.input ** 2;
  const out = stream.images.subarray(at * length, (at + 1) * length);
  const training = stream.kind === 'training';
  const place = training ? open.order.at(stream.from + position) : { epoch: 0, example: position, draw: 0 };
  const { example, draw } = place;
  const sampleKey = { seed, epoch: draw, example };
  const plan = (image: Size): Sampling =>
    training ? planTraining(image, preparation, sampleKey) : planEvaluation(image, preparation);
  out.set(await reader.sample(split.store, split.indices[example]!, plan));
  stream.labels[at] = split.labels[example]!;
  if (!training) {
    Atomics.add(stream.shown, example, 1);
    return;
  }
  finishTraining(out, preparation, sampleKey);
  const maxOffset = 2 * stream.padding;
  const { top, left } = randomWindow(seed, draw, example, { height: maxOffset, width: maxOffset });
  stream.tops[at] = maxOffset > 0 ? top : 0;
  stream.lefts[at] = maxOffset > 0 ? left : 0;
  stream.flips[at] = drawFlip(preparation.augmentation.flip, seed, place);
}

async function fillOrReport(chunk: Chunk): Promise<void> {
  try {
    await fill(chunk);
  } catch (error) {
    if (!(error instanceof InvalidImageError)) throw error;
    const { open, batch } = chunk;
    const { exitCode } = error;
    send({ kind: 'bad', stream: open.stream.id, batch, message: messageOf(error), exitCode });
  }
}

/** Fills chunks. If there are none, sleeps until the main thread raises `wake`. */
async function work(): Promise<void> {
  while (Atomics.load(pool, PoolCell.stop) === 0) {
    const seen = Atomics.load(pool, PoolCell.wake);
    takeMessages();
    dropClosed();
    const chunk = claim();
    if (chunk) await fillOrReport(chunk);
    else if (Atomics.load(pool, PoolCell.stop) === 0) Atomics.wait(pool, PoolCell.wake, seen);
  }
  reader.close();
  port.close();
}

await work();
