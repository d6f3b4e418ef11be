import type { Measurement } from './measurement.ts';
import { isRecord } from './read.ts';
import { readRunConfig } from './run-config.ts';
import { readEvaluationForm } from './validate/evaluation.ts';

/** The views of an image in an evaluation; undefined if the config has views that this version cannot read. */
function viewsOf(run: Measurement): number | undefined {
  const { recipe } = run.config;
  // To read a whole config takes longer than the rest of a trend.
  if (isRecord(recipe) && recipe['multiCrop'] === undefined) return 1;
  const config = readRunConfig(run);
  return config && readEvaluationForm(config).views;
}

/**
 * The forward MACs of one view of one image in an evaluation. `counts.forwardMacsPerExample` may be more: it is the forward part of a
 * training step, with both passes of SAM and with auxiliary heads. It is used if the views are unknown, or without an evaluation.
 */
export function inferenceMacs(run: Measurement): number {
  const { examples, macs } = run.totals.evaluation;
  const views = viewsOf(run);
  return views === undefined || examples === 0 ? run.counts.forwardMacsPerExample : macs / (examples * views);
}
