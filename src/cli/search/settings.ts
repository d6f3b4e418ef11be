import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configError, ExitCode, UserError } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { parseOverride } from '../../config/overrides.ts';
import type { YamlSource } from '../../config/yaml/yaml.ts';
import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { executors } from '../../sweep/executors/index.ts';
import { savePlan, requireWritable } from '../../sweep/folder.ts';
import type { DraftRun } from '../../sweep/planning/anchors.ts';
import type { Setting } from '../../sweep/planning/draft.ts';
import { expandSweep } from '../../sweep/planning/expand.ts';
import { executeRound } from '../../sweep/search/round.ts';
import { type Outcome, search, searchName } from '../../sweep/search/search.ts';
import { toSubjects } from '../../sweep/search/subject.ts';
import { searchSummary } from '../../sweep/search/summary.ts';
import { budgetNote, edgesNote, outcomesTable, trialsTable } from '../../sweep/search/text.ts';
import { tunedSweep } from '../../sweep/search/tuned-file.ts';
import { checkRunWorkers } from '../options/check-numbers.ts';
import { checkLengths } from '../options/lengths.ts';
import { checkLevels } from '../options/levels.ts';
import { refuseInput, requireSameSearch, writeSearch, writeTuned } from './own-files.ts';
import { openSearchFile, searchFile } from './searched-file.ts';
import { catalogue } from '../sweep/catalogue.ts';
import { doubletimeCommand, trainRunCommand } from '../sweep/command.ts';
import { dataSize } from '../sweep/estimator.ts';
import { machineResources } from '../sweep/resources.ts';

export interface SettingsSearch {
  readonly file: string;
  readonly dir: string;
  /** The folder for the measurements; undefined: `results` in `dir`. */
  readonly results: string | undefined;
  readonly set: readonly string[];
  readonly trials: number | undefined;
  readonly budget: number | undefined;
  readonly seed: number;
  readonly executor: string;
  readonly workers: number | undefined;
}

/** @throws UserError exit code 64 for a number out of range. */
function checkOptions({ trials, budget, seed, workers }: SettingsSearch): void {
  const refuse = (option: string, value: number, expected: string): never => {
    throw new UserError(`--${option} is ${value}, expected ${expected}`, ExitCode.usage);
  };
  if (trials !== undefined && !(Number.isInteger(trials) && trials >= 1 && trials <= 1000))
    refuse('trials', trials, 'a whole number from 1 to 1000');
  if (budget !== undefined && !(budget > 0 && Number.isFinite(budget)))
    refuse('budget', budget, 'a number above 0 (of epochs)');
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31))
    refuse('seed', seed, 'a whole number from 0 to 2147483647');
  checkRunWorkers(workers);
}

/** Refuses a seed of the sweep's own runs: their results would be biased. @throws UserError exit code 78. */
function refuseReportedSeed(plan: SweepPlan, seed: number): void {
  const run = plan.runs.find((candidate) => candidate.seed === seed);
  if (run)
    throw configError(
      `--seed is ${seed}, which the sweep itself uses (${run.name}): settings that were chosen with a seed look better with that seed, so choose another one`,
    );
}

/** @throws UserError exit code 78 if no run has values to try. */
function refuseWithoutTune({ file }: YamlSource, drafts: readonly DraftRun[]): void {
  if (drafts.every(({ tune = {} }) => Object.keys(tune).length === 0))
    throw configError(
      `${file} has no values to try: add some, such as tune: { recipe.learningRate: [0.05, 0.1], recipe.epochs: [4, 8] }; to search only the shortest schedule of one run, add --over epochs`,
    );
}

/** Refuses a value of the command line for a key that is tuned: each trial would replace it. @throws UserError exit code 78. */
function refuseTunedKeys(settings: readonly Setting[], drafts: readonly DraftRun[]): void {
  for (const { key } of settings) {
    const draft = drafts.find(({ tune = {} }) => key in tune);
    if (draft !== undefined)
      throw configError(
        `--set ${key}: the search tries the values of ${key} under "tune" for ${draft.name}, so this value would have no effect: remove --set, or the key under "tune"`,
      );
  }
}

function toSettings(texts: readonly string[]): Setting[] {
  return texts.map((text) => {
    const [key, value] = parseOverride(text);
    if (key === 'recipe' && typeof value === 'string')
      throw configError(`--set ${text}: a search reads its recipes from the file: change "recipe" there`);
    return { key, value };
  });
}

const print = (text: string): void => void process.stdout.write(text);

/** The lines of the comment at the top of a file. */
function topComment(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end < 0 ? lines.length : end);
}

interface Files {
  readonly summary: string;
  readonly tuned: string;
}

function printResult(outcomes: readonly Outcome[], { summary, tuned }: Files): void {
  const open = outcomes.filter(({ winner, subject }) => !winner && subject.goal === 'computeToLevel');
  const missed = open.filter(({ level }) => level !== undefined);
  const failed = outcomes.flatMap(({ states }) => states.filter(({ status }) => status === 'failed'));
  print(`\n${trialsTable(outcomes)}\n${outcomesTable(outcomes)}\n`);
  if (missed.length > 0) print(`never reached the level: ${missed.map(({ subject }) => subject.name).join(', ')}\n`);
  const edges = edgesNote(outcomes);
  if (edges !== undefined) print(`${edges}\n`);
  print(`settings for doubletime sweep: ${tuned}\nall trials: ${summary}\n`);
  if (failed.length === 0) return;
  print(`${formatCount(failed.length, 'trial')} failed: run the same command again to retry\n`);
  process.exitCode = ExitCode.failed;
}

/**
 * Searches settings for every run of a sweep, or for one run, by successive halving. A second call resumes the search.
 * @throws UserError exit code 64 for a wrong option, 78 for a wrong file or a folder of another search, 75 after a signal, 73 or 74 if files cannot be written.
 */
export async function searchSettings(args: SettingsSearch): Promise<void> {
  checkOptions(args);
  const { dir, seed } = args;
  const settings = toSettings(args.set);
  const source = openSearchFile(args.file);
  const { plan, drafts } = expandSweep(source, { catalogue, settings });
  refuseWithoutTune(source, drafts);
  refuseTunedKeys(settings, drafts);
  refuseReportedSeed(plan, seed);
  const trainExamples = (data: PlannedRun['config']['data']): number => dataSize(data, {}).trainExamples;
  const subjects = toSubjects(plan, drafts, { trials: args.trials, budget: args.budget, trainExamples });
  checkLevels(drafts.map(({ config }) => config));
  checkLengths(drafts);
  const store = args.results ?? sweepPaths(dir).results;
  const name = searchName(plan);
  const request = (round: SweepPlan) => ({
    ...{ dir, store, workers: args.workers },
    plan: round,
    train: trainRunCommand,
    runOne: doubletimeCommand('sweep-run', resolve(dir), name, resolve(store)),
    resources: machineResources,
    out: process.stdout,
  });
  const executor = executors[args.executor]!;
  const files = { summary: searchFile(dir), tuned: join(dir, `${plan.name}.yaml`) };
  refuseInput(source.file, files.tuned);
  requireSameSearch(files.summary, { version: 2, sweep: plan.name, seed });
  executor.check?.(request({ ...plan, name }));
  savePlan(dir, { ...plan, name, runs: [] });
  requireWritable(store);
  const outcomes = await search({
    ...{ dir, store, plan, subjects, seed },
    execute: (round) => executeRound(executor, request(round), print),
    report: (current, next, round) => {
      writeSearch(files.summary, searchSummary(plan.name, seed, current));
      if (round === 1) print(`${budgetNote(current)}\n`);
      if (next.length > 0) print(`round ${round}: training ${formatCount(next.length, 'trial')}\n`);
    },
  });
  const file = { from: source.file, to: files.tuned, comment: topComment(source.file) };
  const sweep = source.value as Record<string, unknown>;
  const kept = writeTuned(files.tuned, tunedSweep({ ...file, sweep, drafts, outcomes, settings, seed }));
  if (kept !== undefined) print(`\n${files.tuned} had other content, kept as ${kept}\n`);
  printResult(outcomes, files);
}
