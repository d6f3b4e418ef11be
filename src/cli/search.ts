import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { loadRun } from '../config/load.ts';
import type { Measurement } from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import { computeOf, searchEpochs, type SearchResult, type Try } from '../train/search.ts';
import { flops } from '../train/format.ts';

export interface SearchArguments {
  run: string;
  over: 'epochs';
  dir: string;
  set: string[];
  shortest: number;
  precision: number;
}

const program = fileURLToPath(new URL('doubletime.mjs', import.meta.url));

/**
 * Runs `doubletime train` to its end in a process of its own; signals to this process reach it too, so that it stops with
 * a checkpoint and the search can be taken up again.
 */
async function trainProcess(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [program, 'train', ...args], { stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const;
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        resolve(code ?? ExitCode.software);
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

async function tryEpochs(args: SearchArguments, epochs: number): Promise<Measurement> {
  const folder = join(args.dir, `epochs-${epochs}`);
  const set = [...args.set, `recipe.epochs=${epochs}`, 'stopAt=level'];
  const code = await trainProcess([
    args.run,
    '--dir',
    folder,
    ...set.flatMap((text) => ['--set', text]),
  ]);
  // One that diverged has a measurement too: it did not reach the level.
  if (code === ExitCode.ok || code === ExitCode.software)
    return readMeasurement(join(folder, 'measurement.json'));
  throw new UserError(
    `the try with ${epochs} epochs ended with exit code ${code}; the same command goes on with it`,
    code === ExitCode.tryAgain ? ExitCode.tryAgain : ExitCode.failed,
  );
}

const line = (tried: Try): string =>
  `${tried.epochs} epochs: ${tried.measurement.crossing ? `level reached with ${flops(computeOf(tried))}` : 'level not reached'}`;

function describe({ tries, best }: SearchResult): string {
  const answer = best
    ? `least compute: ${flops(computeOf(best))} with a schedule of ${best.epochs} epochs`
    : 'not even the longest schedule reached the level';
  return [...tries.map(line), answer].join('\n');
}

/** Searches, or goes on with a search: tries that are finished give their results at once. */
export async function runSearch(args: SearchArguments): Promise<void> {
  const config = loadRun(args.run, args.set);
  if (config.level?.value === undefined)
    throw configError(`${args.run}: a search needs level.value: the accuracy to reach`);
  const { shortest, precision } = args;
  const longest = config.recipe.epochs;
  if (!(shortest > 0 && shortest < longest))
    throw configError(
      `--shortest ${shortest}: expected more than 0 and fewer than ${longest} epochs`,
    );
  if (!(precision > 0)) throw configError(`--precision ${precision}: expected more than 0`);
  const result = await searchEpochs({ longest, shortest, precision }, (epochs) =>
    tryEpochs(args, epochs),
  );
  const summary = {
    tries: result.tries.map((tried) => ({
      epochs: tried.epochs,
      folder: `epochs-${tried.epochs}`,
      status: tried.measurement.status,
      flops: tried.measurement.crossing?.flops ?? null,
    })),
    best: result.best?.epochs ?? null,
  };
  writeFileAtomic(join(args.dir, 'search.json'), `${JSON.stringify(summary, null, 2)}\n`);
  process.stdout.write(`${describe(result)}\n`);
}
