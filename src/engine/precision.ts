import { configError, ExitCode, UserError } from '../base/errors.ts';
import type { Precision } from '../base/precision.ts';
import { EAGER_BFLOAT16 } from '../config/run.ts';
import { listGpus } from '../runtime/gpu/gpus.ts';
import { findCpuFeatures } from '../runtime/machine.ts';
import { precisionProblem, precisionWarning, type PrecisionDevice } from '../runtime/precision-support.ts';
import { isTensorFlowLoaded, runtimeDevice } from '../runtime/tensorflow.ts';
import { persistentBatchNorm } from '../runtime/gpu/batch-norm.ts';
import { tf32 } from '../runtime/gpu/tf32.ts';
import { lowerToBfloat16 } from '../trace/precision/lower.ts';
import type { Recording } from '../trace/recording.ts';

/** The recording as it is executed in a precision on this machine's device. */
export const withPrecision = (recording: Recording, precision: Precision): Recording =>
  precision === 'bfloat16' ? lowerToBfloat16(recording, runtimeDevice().device) : recording;

/**
 * Prepares this process for steps in a precision; call it before TensorFlow is loaded.
 * @throws UserError exit code 78 for bfloat16 in eager mode, or if an environment variable contradicts the precision.
 */
export function preparePrecision(precision: Precision, mode: 'graph' | 'eager'): void {
  if (precision === 'bfloat16' && mode === 'eager') throw configError(`recipe.precision ${EAGER_BFLOAT16}`);
  const onGpu = isTensorFlowLoaded() && runtimeDevice().device === 'gpu';
  tf32.decide(precision, onGpu);
  persistentBatchNorm.decide(precision, onGpu);
}

function describeDevice(precision: Precision): PrecisionDevice {
  const { device } = runtimeDevice();
  const needsGpus = device === 'gpu' && precision !== 'float32';
  return {
    device,
    architecture: process.arch,
    cpuFeatures: findCpuFeatures(),
    gpus: needsGpus ? listGpus().gpus : [],
  };
}

/**
 * The warnings about a precision on the device that TensorFlow runs on.
 * @throws UserError exit code 69 if the device cannot compute in it.
 */
export function checkPrecision(precision: Precision, device = describeDevice(precision)): string[] {
  const problem = precisionProblem(precision, device);
  if (problem !== undefined) throw new UserError(problem, ExitCode.unavailable);
  const warning = precisionWarning(precision, device);
  return warning === undefined ? [] : [warning];
}
