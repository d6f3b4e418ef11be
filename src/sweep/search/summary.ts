import type { Outcome } from './search.ts';

/** The content of `search.json`: the level, every trial with its runs, and the best trial of each network. */
export const searchSummary = (name: string, seed: number, outcomes: readonly Outcome[]) => ({
  version: 2 as const,
  sweep: name,
  seed,
  networks: outcomes.map(({ subject, level, states, winner, chosen, spentEpochs, isOver }) => ({
    run: subject.name,
    network: subject.network,
    goal: subject.goal,
    level: { ...subject.level, ...(level !== undefined && { value: level }) },
    isOver,
    budgetEpochs: subject.budgetEpochs,
    spentEpochs,
    trials: states.map(({ trial, status, result, why, runs }) => ({
      number: trial.number,
      settings: trial.settings,
      status,
      why: why ?? null,
      epochsTrained: result?.epochs ?? 0,
      bestAccuracy: result?.bestAccuracy ?? null,
      lastAccuracy: result?.lastAccuracy ?? null,
      crossing: result?.crossing ?? null,
      runs,
    })),
    best: winner?.trial.number ?? null,
    chosen: chosen?.trial.number ?? null,
  })),
});
