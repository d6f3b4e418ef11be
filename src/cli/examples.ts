import type { Argv, CommandModule } from 'yargs';

/** What to type after `doubletime`, and what it does. */
type Example = readonly [line: string, meaning: string];

/** Two for each command, shown in its help and in docs/cli.md. */
export const examples: Readonly<Record<string, readonly [Example, Example]>> = {
  setup: [
    ['setup', 'ask, then download and build what is missing'],
    ['setup --yes --no-cifar10', 'do not ask, and leave the dataset out'],
  ],
  doctor: [
    ['doctor', 'what was found here, and whether training can work'],
    ['doctor --gpu', 'fail unless a training step ran on a GPU'],
  ],
  'data fetch': [
    ['data fetch cifar10', 'download CIFAR-10 once'],
    ['DOUBLETIME_HOME=/scratch doubletime data fetch cifar10', 'to another folder'],
  ],
  'data pack': [
    ['data pack photos --out photos.pack --size 64 --resize box', 'every image as 64 x 64 pixels'],
    ['data pack imagenet --out imagenet.pack --store jpeg', 'the original files in one file'],
  ],
  'data info': [
    ['data info photos.pack', 'classes, numbers of images, sizes'],
    ['data info photos --validation-fraction 0.1', 'a folder, with a tenth held out'],
  ],
  'data list': [
    ['data list photos', 'every image with its class'],
    ['data list photos.pack --json', 'the same of a pack, for programs'],
  ],
  'data check': [
    ['data check photos', 'decode every image and list the bad ones'],
    ['data check photos.pack --json', 'the same of a pack, for programs'],
  ],
  models: [
    ['models', 'every network with its parameters and MACs'],
    ['models --json', 'with papers, accuracies and options'],
  ],
  flops: [
    ['flops resnet50 --batch 32', 'one training step of 32 images'],
    ['flops ./my-net.ts --classes 10 --csv', 'a network of your own, one row per layer'],
  ],
  'weights import': [
    ['weights import resnet18.safetensors --network resnet18 --out checked.safetensors', 'check a file of PyTorch'],
    [
      'weights import w.safetensors --network resnet18 --classes 10 --stem small --out checked.safetensors',
      'with options',
    ],
  ],
  'weights export': [
    ['weights export --run runs/resnet18 --out trained.safetensors', 'a run’s newest checkpoint'],
    ['weights export --network resnet18 --seed 1 --out initial.safetensors', 'first weights'],
  ],
  plan: [
    ['plan alexnet-level --classes 1000 --train-examples 1281167 --validation-examples 50000', 'FLOPs of each run'],
    ['plan my-sweep.yaml --measured runs/earlier/results --price 2.5', 'time and cost at a measured speed'],
  ],
  sweep: [
    ['sweep quickstart', 'a shipped sweep, in runs/quickstart'],
    ['sweep my-sweep.yaml --dir runs/mine --workers 4', 'a sweep of your own, four runs at a time'],
  ],
  status: [
    ['status runs/quickstart', 'where every run is'],
    ['status runs/quickstart --watch', 'again every two seconds'],
  ],
  cancel: [
    ['cancel runs/quickstart', 'stop it; its runs write checkpoints first'],
    ["cancel '/scratch/my sweep'", 'a folder with a blank in its name'],
  ],
  trend: [
    ['trend runs/quickstart/results', 'frontier and doubling time of your measurements'],
    ['trend --published --period 2012..2018', 'of Hernandez & Brown 2020'],
  ],
  train: [
    ['train cifar10-resnet18 --dir runs/resnet18', 'a shipped config; the same command resumes it'],
    ['train my-run.yaml --dir runs/mine --set recipe.epochs=3', 'a file of your own, with one change'],
  ],
  search: [
    ['search my-run.yaml --over epochs --dir runs/search', 'the shortest schedule that reaches the level'],
    ['search my-run.yaml --over epochs --dir runs/search --shortest 5 --precision 0.05', 'more exactly'],
  ],
  report: [
    ['report runs/quickstart --out report', 'charts and one HTML page'],
    ['report results --published --out report', 'beside the published numbers'],
  ],
  compare: [
    ['compare runs/a runs/b', 'two run folders'],
    ['compare a.json b.json --json', 'two measurements, for programs'],
  ],
  export: [
    ['export results --format csv --out measurements.csv', 'one row per measurement'],
    ['export results --format parquet --table curves --out curves.parquet', 'one row per evaluation'],
  ],
  validate: [
    ['validate results/*.json', 'check measurements'],
    ['validate entries.csv --tracker', 'check rows for the public tracker'],
  ],
  completion: [
    ['completion >> ~/.bashrc', 'for bash, from the next shell on'],
    ['completion >> ~/.zshrc', 'for zsh'],
  ],
};

const lineOf = (line: string): string =>
  line.includes('doubletime') && line.startsWith('DOUBLETIME') ? line : `$0 ${line}`;

export const addExamples = <T>(cli: Argv<T>, name: string): Argv<T> =>
  (examples[name] ?? []).reduce((chain, [line, meaning]) => chain.example(lineOf(line), meaning), cli);

/** The command with its examples in its help. @param parent of a command below another: `data`. */
export function withExamples<T>(command: CommandModule<object, T>, parent?: string): CommandModule<object, T> {
  const [own = ''] = String(command.command).split(' ');
  const name = parent === undefined ? own : `${parent} ${own}`;
  const { builder } = command;
  if (typeof builder !== 'function') return command;
  return { ...command, builder: async (cli: Argv) => addExamples(await builder(cli), name) };
}
