// Measures median times of training steps in graph mode, eager mode and, with --torch PYTHON, PyTorch eager, alternating in one
// run. --out FILE saves every round with the machine, versions and commit.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { openRecord } from './record.ts';
import { alternate, MILLISECONDS_PER_STEP, type Runner, startRunner } from './runner.ts';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const args = await yargs(hideBin(process.argv))
  .option('models', {
    type: 'string',
    default: 'resnet18:64,mobilenet_v1:96',
    describe: 'NAME[:PIXELS],...',
  })
  .option('batch', { type: 'number', default: 32 })
  .option('rounds', { type: 'number', default: 9 })
  .option('steps', { type: 'number', default: 3, describe: 'steps per round' })
  .option('torch', { type: 'string', describe: 'a Python that has torch, torchvision and timm' })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

const defaultPixels: Record<string, string> = { resnet18: '64', mobilenet_v1: '96' };

async function runnersOf(model: string, pixels: string): Promise<Runner[]> {
  const common = [model, pixels, String(args.batch)];
  const ours = (mode: string) =>
    startRunner(mode, process.execPath, ['--import', 'tsx', here('step-worker.ts'), ...common, mode]);
  const theirs = (layout: string) =>
    startRunner(`torch ${layout}`, args.torch ?? '', [here('step_worker.py'), ...common, layout]);
  const runners = [await ours('graph'), await ours('eager')];
  if (args.torch !== undefined) runners.push(await theirs('contiguous'), await theirs('channels_last'));
  return runners;
}

const record = openRecord('step', args.out);
console.log(`${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, Node ${process.version}, batch ${args.batch}`);
for (const entry of args.models.split(',')) {
  const [model = '', pixels = defaultPixels[model] ?? '64'] = entry.split(':');
  const runners = await runnersOf(model, pixels);
  for (const runner of runners) await runner.ask('2');
  console.log(`\n${model}, ${pixels} px, median of ${args.rounds} rounds of ${args.steps} steps`);
  const runs = await alternate(runners, String(args.steps), args.rounds, MILLISECONDS_PER_STEP);
  record.add({ model, input: Number(pixels), batch: args.batch, stepsInARound: args.steps, runs });
}
record.save();
