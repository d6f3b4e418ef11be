// Prints TensorFlow's timeline of a training step as tables: milliseconds by op and by block of layers. On a machine with a GPU, ops run
// one after another, and each waits until its kernels have ended. So the time of an op is that of its kernels and of their launch.
import { cpus } from 'node:os';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { outputFile } from '../../src/base/files/output-file.ts';
import { PRECISIONS } from '../../src/base/precision.ts';
import { checkCounts, runScript } from '../run-script.ts';
import { planStep } from '../../src/engine/plan.ts';
import { initialValues, stateSpecs } from '../../src/engine/state.ts';
import { preparePrecision, withPrecision } from '../../src/engine/precision.ts';
import { trainingStep } from '../../src/engine/step.ts';
import { listGpus } from '../../src/runtime/gpu/gpus.ts';
import { findGpuInUse } from '../../src/runtime/gpu/in-use.ts';
import { kernelsInUse } from '../../src/runtime/kernels.ts';
import { runtimeDevice } from '../../src/runtime/tensorflow.ts';
import { GraphBuilder, handleName } from '../../src/trace/graph.ts';
import { fuse } from '../../src/trace/fuse/fuse.ts';
import { record } from '../../src/trace/record.ts';
import { elementCount, type Recording } from '../../src/trace/recording.ts';
import { benchBatch, benchOptions, type BenchStep } from './step/step-engine.ts';
import { describeTimes, type Executed, readTimeline } from './timeline.ts';
import { type Feed, TracedSession } from './traced-session.ts';

const args = await yargs(hideBin(process.argv))
  .option('network', { type: 'string', demandOption: true })
  .option('width', { type: 'number', describe: "the network's share of its published channels" })
  .option('depth', { type: 'number', describe: "the network's share of its published blocks" })
  .option('stem', {
    choices: ['imagenet', 'small'],
    describe: "the network's first layers: as published, or for images of about 32 pixels",
  })
  .option('input', { type: 'number', default: 96, describe: 'height and width of the images in pixels' })
  .option('batch', { type: 'number', default: 32 })
  .option('precision', { choices: PRECISIONS, default: 'float32' as const })
  .option('steps', { type: 'number', default: 10, describe: 'traced steps; the time of an op is the median over them' })
  .option('out', { type: 'string', describe: 'a Markdown file for the tables' })
  .option('ops', { type: 'boolean', default: false, describe: 'print every op that takes over 0.5 % of the step' })
  .strict()
  .parseAsync();

/** Environment variables of CUDA and TensorFlow. */
const ONE_KERNEL_AT_A_TIME = { CUDA_LAUNCH_BLOCKING: '1', TF_NUM_INTEROP_THREADS: '1' };

/** The device in words. */
function describeDevice(): string {
  const found = runtimeDevice().device === 'gpu' ? findGpuInUse() : undefined;
  if (found) return `${'gpu' in found ? found.gpu.name : 'a GPU'}, one kernel at a time`;
  return `${process.env['TF_NUM_INTRAOP_THREADS']} of ${cpus().length} cores of an ${cpus()[0]?.model ?? 'unknown CPU'}`;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The feeds of a recording: those in `known`, and zeros for all others. */
const createFeeds = (
  recording: Recording,
  known: Readonly<Record<string, Uint8Array | Int32Array | Float32Array>>,
): Feed[] =>
  recording.feeds.map((type) => ({
    name: `train/${type.name}`,
    type,
    values: known[type.name] ?? new Int32Array(elementCount(type.shape)),
  }));

/** Traces `steps` training steps, after five steps that are not traced and `steps` steps for the wall time in milliseconds. */
function traceSteps(options: BenchStep, steps: number): { recording: Recording; runs: Executed[][]; wall: number } {
  const plan = planStep(benchOptions(options));
  const recording = fuse(withPrecision(record(trainingStep(plan)), plan.recipe.precision));
  const builder = new GraphBuilder();
  builder.addRecording('train', recording);
  const session = new TracedSession(builder.graphDef());
  const values = new Map(initialValues(stateSpecs(plan), 0));
  session.execute(
    recording.variables.map((type) => ({
      name: `${handleName(type.name)}/value`,
      type,
      values: values.get(type.name)!,
    })),
    recording.variables.map(({ name }) => `${handleName(name)}/assign`),
  );
  const feeds = createFeeds(recording, { ...benchBatch(options), learningRate: Float32Array.of(0.01) });
  for (let i = 0; i < 5; i++) session.run(feeds, ['train/loss']);
  const times = Array.from({ length: steps }, () => {
    const begin = performance.now();
    session.run(feeds, ['train/loss']);
    return performance.now() - begin;
  });
  const runs = Array.from({ length: steps }, () => readTimeline(session.run(feeds, ['train/loss'], true)));
  return { recording, runs, wall: median(times) };
}

interface Row {
  readonly name: string;
  readonly count: number;
  readonly milliseconds: number;
}

/** Sums the times of all executions with the same key; the largest sum comes first. */
function group(ops: readonly Executed[], key: (op: Executed) => string): Row[] {
  const rows = new Map<string, Row>();
  for (const op of ops) {
    const name = key(op);
    const { count, milliseconds } = rows.get(name) ?? { count: 0, milliseconds: 0 };
    rows.set(name, { name, count: count + 1, milliseconds: milliseconds + op.microseconds / 1000 });
  }
  return [...rows.values()].toSorted((a, b) => b.milliseconds - a.milliseconds);
}

function table(title: string, rows: readonly Row[], total: number): string {
  const lines = rows.map(
    ({ name, count, milliseconds }) =>
      `| ${name} | ${count} | ${milliseconds.toFixed(2)} | ${((100 * milliseconds) / total).toFixed(1)} % |`,
  );
  return [`| ${title} | ops | ms | part |`, '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}

function profile(): void {
  const { network, input, batch, precision, steps, width, depth, stem } = args;
  checkCounts({ input, batch, steps });
  if (listGpus().gpus.length > 0) Object.assign(process.env, ONE_KERNEL_AT_A_TIME);
  preparePrecision(precision, 'graph');
  if (args.out !== undefined) outputFile(args.out, 'leave --out out to print');
  const networkOptions = { ...(width && { width }), ...(depth && { depth }), ...(stem && { stem }) };
  const options: BenchStep = { ...args, options: networkOptions, mode: 'graph' };
  const { recording, runs, wall } = traceSteps(options, steps);
  /** The times of each node in the traced steps. */
  const timesByNode = new Map<string, number[]>();
  for (const run of runs)
    for (const { node, microseconds } of run) timesByNode.set(node, [...(timesByNode.get(node) ?? []), microseconds]);
  const ops = (runs[0] ?? []).map((op) => ({ ...op, microseconds: median(timesByNode.get(op.node) ?? []) }));
  const total = ops.reduce((sum, { microseconds }) => sum + microseconds / 1000, 0);
  const recorded = (node: string) => recording.ops[Number(/^train\/(\d+)$/.exec(node)?.[1] ?? -1)];
  const findLayer = ({ node }: Executed): string => recorded(node)?.layer || '(none)';
  const findBlock = (op: Executed): string => findLayer(op).split('.').slice(0, 2).join('.');
  const kind = (op: Executed): string => {
    const origin = recorded(op.node);
    return origin ? `${op.op} ${origin.direction}` : op.op;
  };
  const page = [
    `# ${[network, ...Object.entries(networkOptions).map((option) => option.join(' '))].join(', ')}, ${input} px, batch ${batch}, ${precision}, kernels of ${kernelsInUse()}`,
    '',
    `\`npm run profile:step -- ${process.argv.slice(2).join(' ')}\` on ${describeDevice()}:`,
    describeTimes(wall, total, { steps, inParallel: process.env['TF_NUM_INTEROP_THREADS'] !== '1' }),
    '',
    table('op and its part of the step', group(ops, kind).slice(0, 30), total),
    '',
    table('block', group(ops, findBlock).slice(0, 30), total),
    '',
  ].join('\n');
  if (args.out === undefined) console.log(page);
  else writeFileAtomic(args.out, page);
  if (args.ops) {
    for (const op of ops.toSorted((a, b) => b.microseconds - a.microseconds)) {
      if (op.microseconds < total * 5) break;
      const shapes =
        recorded(op.node)
          ?.inputs.map(({ shape }) => shape.join('x'))
          .join(' ') ?? '';
      console.log(`${(op.microseconds / 1000).toFixed(2).padStart(7)} ${op.op} ${findLayer(op)} ${shapes}`);
    }
  }
}

await runScript('profile-step', profile);
