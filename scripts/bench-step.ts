// Median training step times of graph mode, eager mode and, with --torch PYTHON, PyTorch eager; alternating in one run.
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';

interface Runner {
  readonly name: string;
  readonly note: string;
  readonly times: number[];
  /** Milliseconds a step. */
  readonly run: (steps: number) => Promise<number>;
  readonly end: () => void;
}

const here = (file: string): string => fileURLToPath(new URL(`bench/${file}`, import.meta.url));

async function start(name: string, command: string, args: readonly string[]): Promise<Runner> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${name} ended: ${errors.slice(-500)}`);
    return line.value;
  };
  const note = (await next()).replace(/^ready ?/, '');
  return {
    name,
    note,
    times: [],
    run: async (steps) => {
      child.stdin.write(`${steps}\n`);
      return Number(await next());
    },
    end: () => child.stdin.end(),
  };
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const quantile = (values: readonly number[], q: number): number => {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(q * order.length))] ?? Number.NaN;
};

const args = await yargs(hideBin(process.argv))
  .option('models', {
    type: 'string',
    default: 'resnet18:64,mobilenet_v1:96',
    describe: 'NAME[:PIXELS],...',
  })
  .option('batch', { type: 'number', default: 32 })
  .option('rounds', { type: 'number', default: 9 })
  .option('steps', { type: 'number', default: 3, describe: 'steps in a round' })
  .option('torch', { type: 'string', describe: 'a Python that has torch, torchvision and timm' })
  .strict()
  .parseAsync();

const defaultPixels: Record<string, string> = { resnet18: '64', mobilenet_v1: '96' };

async function runnersOf(model: string, pixels: string): Promise<Runner[]> {
  const common = [model, pixels, String(args.batch)];
  const ours = (mode: string) =>
    start(mode, process.execPath, ['--import', 'tsx', here('step-worker.ts'), ...common, mode]);
  const theirs = (layout: string) =>
    start(`torch ${layout}`, args.torch ?? '', [here('step_worker.py'), ...common, layout]);
  const runners = [await ours('graph'), await ours('eager')];
  if (args.torch !== undefined)
    runners.push(await theirs('contiguous'), await theirs('channels_last'));
  return runners;
}

console.log(
  `${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, Node ${process.version}, batch ${args.batch}`,
);
for (const entry of args.models.split(',')) {
  const [model = '', pixels = defaultPixels[model] ?? '64'] = entry.split(':');
  const runners = await runnersOf(model, pixels);
  for (const runner of runners) await runner.run(2);
  for (let round = 0; round < args.rounds; round++)
    for (const runner of runners) runner.times.push(await runner.run(args.steps));
  for (const runner of runners) runner.end();
  const graph = quantile(runners[0]?.times ?? [], 0.5);
  console.log(
    `\n${model}, ${pixels} px: milliseconds a step, median of ${args.rounds} rounds of ${args.steps}`,
  );
  for (const { name, note, times } of runners)
    console.log(
      `  ${name.padEnd(20)} ${quantile(times, 0.5).toFixed(1).padStart(8)}  (${sorted(times)[0]?.toFixed(1)} to ${sorted(times).at(-1)?.toFixed(1)})  ${(quantile(times, 0.5) / graph).toFixed(2)}x graph  ${note}`,
    );
}
