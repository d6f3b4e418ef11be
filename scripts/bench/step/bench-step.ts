// Times training steps of networks and, with --torch PYTHON, of the same networks in PyTorch eager, in alternating rounds. --out
// FILE saves every round with the machine, versions and commit. A network that is measured again replaces its entry in the file, so
// a long comparison can be made in several commands.
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { findNetwork } from '../../../models/registry.ts';
import { PRECISIONS } from '../../../src/base/precision.ts';
import { checkCounts, runScript } from '../../run-script.ts';
import { spreadText, median, type Runner, startRunner } from '../runner.ts';
import { openStepRecord, type StepResult, summarize } from './step-record.ts';
import { checkTorch } from '../torch.ts';

/** A network of each family from AlexNet to EfficientNet-B0. */
const NETWORKS = [
  'alexnet,vgg11,googlenet,resnet18,resnet50,squeezenet1_1,densenet121,resnext50_32x4d',
  'mobilenet_v1,mobilenet_v2,shufflenet_v1_x1_0_g3,shufflenet_v2_x1_0,efficientnet_b0',
].join();
const LAYOUTS = ['channels_last', 'contiguous'] as const;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const args = await yargs(hideBin(process.argv))
  .option('networks', { type: 'string', default: NETWORKS, describe: 'NAME[:PIXELS],...' })
  .option('input', { type: 'number', default: 96, describe: 'height and width of the images in pixels' })
  .option('batch', { type: 'number', default: 32 })
  .option('rounds', { type: 'number', default: 9 })
  .option('steps', { type: 'number', default: 3, describe: 'timed steps per round, after one that is not timed' })
  .option('precision', {
    choices: PRECISIONS,
    default: 'float32' as const,
    describe:
      'precision of the steps; others than float32 are also compared with float32; PyTorch uses autocast for bfloat16',
  })
  .option('eager', { type: 'boolean', default: false, describe: 'also measure doubletime in eager mode' })
  .option('torch', { type: 'string', describe: 'a Python that has torch and torchvision' })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

async function startOurs(
  network: string,
  pixels: string,
  mode: 'graph' | 'eager',
  precision: string = args.precision,
): Promise<Runner> {
  const workerArguments = [network, pixels, String(args.batch), mode, precision];
  const name = precision === args.precision ? mode : `${mode} ${precision}`;
  return startRunner(name, process.execPath, ['--import', 'tsx', here('step-worker.ts'), ...workerArguments]);
}

/** PyTorch in the faster of its two layouts, decided by the better of two rounds. */
async function startTorch(python: string, network: string, pixels: string): Promise<Runner> {
  const runners: Runner[] = [];
  for (const layout of LAYOUTS) {
    const workerArguments = [network, pixels, String(args.batch), layout, args.precision];
    runners.push(await startRunner(`torch ${layout}`, python, [here('step_worker.py'), ...workerArguments]));
  }
  const [first, second] = [runners[0]!, runners[1]!];
  const times: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < 2; round++) {
    times[0] = Math.min(times[0], await first.ask(String(args.steps)));
    times[1] = Math.min(times[1], await second.ask(String(args.steps)));
  }
  const [faster, slower] = times[0] <= times[1] ? [first, second] : [second, first];
  slower.end();
  return faster;
}

async function measure(network: string, pixels: string): Promise<StepResult> {
  const measuredAt = new Date().toISOString();
  const runners = [await startOurs(network, pixels, 'graph')];
  if (args.precision !== 'float32') runners.push(await startOurs(network, pixels, 'graph', 'float32'));
  if (args.eager) runners.push(await startOurs(network, pixels, 'eager'));
  if (args.torch !== undefined) runners.push(await startTorch(args.torch, network, pixels));
  for (let round = 0; round < args.rounds; round++)
    for (const runner of runners) runner.results.push(await runner.ask(String(args.steps)));
  const runs = [];
  for (const { name, note, secondsToReady, results, ask, end } of runners) {
    const peakMegabytes = await ask('memory');
    end();
    const [best, middle] = [Math.min(...results), median(results)];
    runs.push({ name, note, secondsToFirstStep: secondsToReady, peakMegabytes, best, median: middle, rounds: results });
  }
  const { batch, precision, steps, rounds } = args;
  return { network, input: Number(pixels), batch, precision, stepsInARound: steps, rounds, measuredAt, runs };
}

function print({ runs }: StepResult): void {
  for (const { name, note, best, median: middle, rounds, peakMegabytes, secondsToFirstStep } of runs) {
    const own = runs[0]!;
    const [byMedian, byBest, memory] = [middle / own.median, best / own.best, own.peakMegabytes / peakMegabytes];
    const compared =
      runs[0]?.name === name
        ? ''
        : `  ours is ${byMedian.toFixed(2)}x by median, ${byBest.toFixed(2)}x by best, memory ${memory.toFixed(2)}x`;
    console.log(
      `  ${name.padEnd(20)} ${spreadText(rounds, 1)} ms per step, first step after ${secondsToFirstStep.toFixed(1)} s, peak ${peakMegabytes.toFixed(0)} MB${compared}  ${note}`,
    );
  }
}

/** The networks and sizes of `--networks`. @throws UserError exit code 64 for a size, 78 for a name. */
const parseNetworks = (): { network: string; input: number }[] =>
  args.networks.split(',').map((entry) => {
    const [name = '', pixels] = entry.split(':');
    const input = pixels === undefined ? args.input : Number(pixels);
    checkCounts({ [pixels === undefined ? 'input' : `networks ${name}`]: pixels ?? input });
    return { network: findNetwork(name).name, input };
  });

async function bench(): Promise<void> {
  const { batch, rounds, steps, torch, precision } = args;
  checkCounts({ batch, rounds, steps });
  const networks = parseNetworks();
  if (torch !== undefined) checkTorch(torch, 'cpu');
  const record = openStepRecord(args.out);
  console.log(`${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, Node ${process.version}, batch ${batch}`);
  console.log(`median of ${rounds} rounds of ${steps} steps (smallest to largest), ${precision}`);
  for (const { network, input } of networks) {
    console.log(`\n${network}, ${input} px`);
    const result = await measure(network, String(input));
    print(result);
    record.add(result);
  }
  const summary = summarize(record.results.filter((result) => result.precision === precision));
  if (summary)
    console.log(
      `\nPyTorch's time over ours, ${summary.networks} networks: geometric mean ${summary.median.geometricMean.toFixed(2)}x by median ` +
        `(${summary.best.geometricMean.toFixed(2)}x by best), worst ${summary.median.worst.toFixed(2)}x (${summary.median.worstNetwork})`,
    );
}

await runScript('bench-step', bench);
