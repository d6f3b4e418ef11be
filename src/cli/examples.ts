import type { Argv, CommandModule } from 'yargs';

/** What to type after `doubletime`, and what it does. A line that sets a variable names `doubletime` itself. */
type Example = readonly [line: string, meaning: string];

/** Two examples per command, shown in its help and in docs/cli.md. */
export const examples: Readonly<Record<string, readonly [Example, Example]>> = {
  setup: [
    ['setup', 'ask, then download and build what is missing'],
    ['setup --yes --no-cifar10', 'do not ask, and skip CIFAR-10'],
  ],
  doctor: [
    ['doctor', 'check this machine and TensorFlow'],
    ['doctor --gpu', 'also require that a training step runs on a GPU'],
  ],
  'data fetch': [
    ['data fetch cifar10', 'download CIFAR-10'],
    ['DOUBLETIME_HOME=/scratch doubletime data fetch cifar10', 'download it to another folder'],
  ],
  'data pack': [
    ['data pack photos --out photos.pack --size 64 --resize box', 'store every image as 64 x 64 pixels'],
    ['data pack imagenet --out imagenet.pack --store jpeg', 'store the original files in one file'],
  ],
  'data info': [
    ['data info photos.pack', 'show the content of a pack'],
    ['data info photos --validation-fraction 0.1', 'show a folder with a tenth held out for validation'],
  ],
  'data list': [
    ['data list photos', 'list every image of a folder with its class'],
    ['data list photos.pack --json', 'list the images of a pack as JSON'],
  ],
  'data check': [
    ['data check photos', 'decode every image and list the bad ones'],
    ['data check photos.pack --json', 'check a pack and print JSON'],
  ],
  models: [
    ['models', 'list every network with its parameters and MACs'],
    ['models --json', 'include papers, accuracies and options'],
  ],
  flops: [
    ['flops resnet50 --batch 32', 'count one training step of 32 images'],
    ['flops ./my-net.ts --classes 10 --csv', 'count your own network, one row per layer'],
  ],
  'weights import': [
    ['weights import resnet18.safetensors --network resnet18 --out checked.safetensors', 'check a PyTorch file'],
    [
      'weights import w.safetensors --network resnet18 --classes 10 --stem small --out checked.safetensors',
      'check it against a network with options',
    ],
  ],
  'weights export': [
    ['weights export --run runs/resnet18 --out trained.safetensors', "export a run's newest checkpoint"],
    ['weights export --network resnet18 --seed 1 --out initial.safetensors', 'export initial weights'],
  ],
  plan: [
    ['plan alexnet-level --classes 1000 --train-examples 1281167 --validation-examples 50000', 'count the FLOPs'],
    ['plan my-sweep.yaml --measured runs/earlier/results --price 2.5', 'estimate time and cost at a measured speed'],
  ],
  sweep: [
    ['sweep quickstart', 'train a shipped sweep in runs/quickstart'],
    ['sweep my-sweep.yaml --dir runs/mine --workers 2', 'train your own sweep, two runs at a time'],
  ],
  status: [
    ['status runs/quickstart', 'show the state of every run'],
    ['status runs/quickstart --watch', 'repeat every two seconds'],
  ],
  cancel: [
    ['cancel runs/quickstart', 'stop a sweep; its runs write checkpoints first'],
    ["cancel '/scratch/my sweep'", 'stop a sweep whose folder name contains a space'],
  ],
  trend: [
    ['trend runs/quickstart/results', 'fit your own measurements'],
    ['trend --published --period 2012..2018', 'fit the numbers of Hernandez & Brown 2020'],
  ],
  train: [
    ['train cifar10-resnet18 --dir runs/resnet18', 'start a shipped config, or resume it'],
    ['train my-run.yaml --dir runs/mine --set recipe.epochs=3', 'train your own config with one change'],
  ],
  search: [
    ['search my-run.yaml --over epochs --dir runs/search', 'find the shortest schedule'],
    ['search my-run.yaml --over epochs --dir runs/search --shortest 5 --precision 0.05', 'search more precisely'],
  ],
  report: [
    ['report runs/quickstart --out report', 'write charts and one HTML page'],
    ['report results --published --out report', 'include the published numbers'],
  ],
  compare: [
    ['compare runs/a runs/b', 'compare two run folders'],
    ['compare a.json b.json --json', 'compare two measurement files, print JSON'],
  ],
  export: [
    ['export results --format csv --out measurements.csv', 'write one row per measurement'],
    ['export results --format parquet --table curves --out curves.parquet', 'write one row per evaluation'],
  ],
  validate: [
    ['validate results/*.json', 'check measurements'],
    ['validate entries.csv --tracker', 'check rows for the public tracker'],
  ],
  completion: [
    ['completion >> ~/.bashrc', 'install for bash; open a new shell to use it'],
    ['completion >> ~/.zshrc', 'install for zsh'],
  ],
};

const commandLine = (line: string): string => (line.startsWith('DOUBLETIME_') ? line : `$0 ${line}`);

export const addExamples = <T>(cli: Argv<T>, name: string): Argv<T> =>
  (examples[name] ?? []).reduce((chain, [line, meaning]) => chain.example(commandLine(line), meaning), cli);

/** The command with its examples in its help. @param parent the command that a subcommand belongs to, such as `data`. */
export function withExamples<T>(command: CommandModule<object, T>, parent?: string): CommandModule<object, T> {
  const [own = ''] = String(command.command).split(' ');
  const name = parent === undefined ? own : `${parent} ${own}`;
  const { builder } = command;
  if (typeof builder !== 'function') return command;
  return { ...command, builder: async (cli: Argv) => addExamples(await builder(cli), name) };
}
