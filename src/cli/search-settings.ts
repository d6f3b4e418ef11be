import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { parseOverride } from '../config/overrides.ts';
import type { YamlSource } from '../config/yaml.ts';
import type { PlannedRun, SweepPlan } from '../results/sweep-plan.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { executors } from '../sweep/executors/index.ts';
import { savePlan, requireWritable } from '../sweep/folder.ts';
import type { DraftRun } from '../sweep/planning/anchors.ts';
import type { Setting } from '../sweep/planning/draft.ts';
import { expandSweep } from '../sweep/planning/expand.ts';
import { carryOutRound } from '../sweep/search/round.ts';
import { type Outcome, search, searchName } from '../sweep/search/search.ts';
import { toSubjects } from '../sweep/search/subject.ts';
import { searchSummary } from '../sweep/search/summary.ts';
import { budgetNote, outcomesTable, trialsTable } from '../sweep/search/text.ts';
import { tunedSweep } from '../sweep/search/tuned-file.ts';
import { checkLevels } from './levels.ts';
import { openSearched } from './searched-file.ts';
import { catalogue } from './sweep-catalogue.ts';
import { doubletimeCommand, trainRunCommand } from './sweep-command.ts';
import { dataSize } from './sweep-estimator.ts';
import { machineResources } from './sweep-resources.ts';

export interface SettingsSearch {
  readonly file: string;
  readonly dir: string;
  readonly set: readonly string[];
  readonly trials: number | undefined;
  readonly budget: number | undefined;
  readonly seed: number;
  readonly executor: string;
  readonly workers: number | undefined;
}

/** @throws UserError exit code 64 for an option that is not a number of its kind. */
function checkOptions({ trials, budget, seed, workers }: SettingsSearch): void {
  const refuse = (option: string, value: number, expected: string): never => {
    throw new UserError(`--${option} is ${value}, expected ${expected}`, ExitCode.usage);
  };
  if (trials !== undefined && !(Number.isInteger(trials) && trials >= 1 && trials <= 1000))
    refuse('trials', trials, 'a whole number from 1 to 1000');
  if (budget !== undefined && !(budget > 0 && Number.isFinite(budget)))
    refuse('budget', budget, 'a number of epochs above 0');
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31))
    refuse('seed', seed, 'a whole number from 0 to 2147483647');
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 1024))
    refuse('workers', workers, 'a whole number from 1 to 1024');
}

/** A setting must not be chosen on a seed that is reported later. @throws UserError exit code 78 */
function refuseReportedSeed(plan: SweepPlan, seed: number): void {
  const run = plan.runs.find((candidate) => candidate.seed === seed);
  if (run)
    throw configError(
      `--seed is ${seed}, a seed of the sweep's own runs (${run.name}): settings chosen on a seed look better on it, so choose a seed that the sweep does not use`,
    );
}

function refuseWithoutTune({ file }: YamlSource, drafts: readonly DraftRun[]): void {
  if (drafts.every(({ tune = {} }) => Object.keys(tune).length === 0))
    throw configError(
      `${file} has nothing to tune: add values to try, such as tune: { recipe.learningRate: [0.05, 0.1], recipe.epochs: [4, 8] }; for the shortest schedule of one run alone, add --over epochs`,
    );
}

function toSettings(texts: readonly string[]): Setting[] {
  return texts.map((text) => {
    const [key, value] = parseOverride(text);
    if (key === 'recipe' && typeof value === 'string')
      throw configError(`--set ${text}: a search takes its recipes from the file: change "recipe" there`);
    return { key, value };
  });
}

const say = (text: string): void => void process.stdout.write(text);

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
  const missed = outcomes.filter(({ winner, subject }) => !winner && subject.goal === 'computeToLevel');
  const failed = outcomes.flatMap(({ states }) => states.filter(({ status }) => status === 'failed'));
  say(`\n${trialsTable(outcomes)}\n${outcomesTable(outcomes)}\n`);
  if (missed.length > 0) say(`never reached the level: ${missed.map(({ subject }) => subject.name).join(', ')}\n`);
  say(`settings for doubletime sweep: ${tuned}\nall trials: ${summary}\n`);
  if (failed.length === 0) return;
  say(
    `${failed.length} ${failed.length === 1 ? 'trial' : 'trials'} failed: run the same command again to try them again\n`,
  );
  process.exitCode = ExitCode.failed;
}

/**
 * Searches the settings of every run of a sweep, or of one run, by successive halving. Called again it resumes.
 * @throws UserError exit code 64 or 78 for wrong options or a wrong file, 75 after a signal, and those of the runs' folder.
 */
export async function searchSettings(args: SettingsSearch): Promise<void> {
  checkOptions(args);
  const { dir, seed } = args;
  const settings = toSettings(args.set);
  const source = openSearched(args.file);
  const { plan, drafts } = expandSweep(source, { catalogue, settings });
  refuseWithoutTune(source, drafts);
  refuseReportedSeed(plan, seed);
  const trainExamples = (data: PlannedRun['config']['data']): number => dataSize(data, {}).trainExamples;
  const subjects = toSubjects(plan, drafts, { trials: args.trials, budget: args.budget, trainExamples });
  checkLevels(drafts.map(({ config }) => config));
  const store = sweepPaths(dir).results;
  const name = searchName(plan);
  const place = { dir, store, workers: args.workers };
  const request = (round: SweepPlan) => ({
    ...place,
    plan: round,
    train: trainRunCommand,
    runOne: doubletimeCommand('sweep-run', resolve(dir), name, resolve(store)),
    resources: machineResources,
    out: process.stdout,
  });
  const executor = executors[args.executor]!;
  executor.check?.(request({ ...plan, name }));
  savePlan(dir, { ...plan, name, runs: [] });
  requireWritable(store);
  const files = { summary: join(dir, 'search.json'), tuned: join(dir, `${plan.name}.yaml`) };
  const outcomes = await search({
    ...{ dir, store, plan, subjects, seed },
    carryOut: (round) => carryOutRound(executor, request(round), say),
    report: (found, next, round) => {
      writeFileAtomic(files.summary, `${JSON.stringify(searchSummary(plan.name, seed, found), null, 2)}\n`);
      if (round === 1) say(`${budgetNote(found)}\n`);
      if (next.length > 0) say(`round ${round}: ${next.length} ${next.length === 1 ? 'trial goes' : 'trials go'} on\n`);
    },
  });
  const file = { from: source.file, to: files.tuned, comment: topComment(source.file) };
  const sweep = source.value as Record<string, unknown>;
  writeFileAtomic(files.tuned, tunedSweep({ ...file, sweep, drafts, outcomes, settings, seed }));
  printResult(outcomes, files);
}
