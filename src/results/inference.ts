import type { Measurement } from './measurement.ts';
import { readRunConfig } from './run-config.ts';
import { readEvaluationForm } from './validate/evaluation.ts';

/** A trend asks at every level, and reading a config takes longer than everything else here. */
const known = new WeakMap<Measurement, number>();

function computeMacs(run: Measurement): number {
  const config = readRunConfig(run);
  const { examples, macs } = run.totals.evaluation;
  if (config === undefined || examples === 0) return run.counts.forwardMacsPerExample;
  return macs / (examples * readEvaluationForm(config).views);
}

/**
 * The forward MACs of one view of one image in an evaluation. `counts.forwardMacsPerExample` may be more: it is the forward part of a
 * training step, with both passes of SAM and with auxiliary heads. It is used if the config cannot be read.
 */
export function inferenceMacs(run: Measurement): number {
  const macs = known.get(run) ?? computeMacs(run);
  known.set(run, macs);
  return macs;
}
