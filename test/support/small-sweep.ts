import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A sweep of real trainings of some seconds, one for each id; its file. */
export function writeSmallSweep(folder: string, epochs: number, ids: readonly string[]): string {
  const file = join(folder, 'small.yaml');
  const network = '{ name: resnet18, stem: small, width: 0.1 }';
  writeFileSync(
    file,
    `question: Does anything get lost?
data: { source: synthetic, input: 16, classes: 10, trainExamples: 320, validationExamples: 100 }
recipe: { batch: 32, epochs: ${epochs}, learningRate: 0.05 }
runs: [${ids.map((id) => `{ id: ${id}, network: ${network} }`).join(', ')}]
`,
  );
  return file;
}

/** The folders of a sweep's runs, in the order of their names. */
export function runFolders(dir: string): string[] {
  const runs = join(dir, 'runs');
  return existsSync(runs) ? readdirSync(runs).sort().map((id) => join(runs, id)) : []; // prettier-ignore
}

/** The lines of a run's log. */
export function eventsOf(run: string): { pid: number; msg: string }[] {
  const file = join(run, 'events.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { pid: number; msg: string }); // prettier-ignore
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** Waits until so many runs of a sweep have been evaluated by the process that is at work on them now. */
export async function untilAtWork(dir: string, count: number): Promise<void> {
  await until(() => {
    const working = runFolders(dir).filter((run) => {
      if (!existsSync(join(run, 'lock'))) return false;
      const events = eventsOf(run);
      const pid = events.at(-1)?.pid;
      return events.some((event) => event.pid === pid && event.msg === 'evaluated');
    });
    return working.length >= count;
  });
}
