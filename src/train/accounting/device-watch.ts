import type { RunConfig } from '../../config/run.ts';
import { type CudaVersions, loadedCudaVersions } from '../../runtime/cuda-versions.ts';
import { findGpuInUse, type GpuInUse, type ListedGpu } from '../../runtime/gpu-in-use.ts';
import { findGpuPeak, type Precision } from '../../runtime/gpu-peaks.ts';
import type { Measurement } from '../../results/measurement.ts';
import { GpuSampler } from './gpu-sampler.ts';
import type { GpuTotals } from './gpu-samples.ts';

/** Watches the device that a run trains on. On a CPU there is nothing to watch, and everything is unknown. */
export interface DeviceWatch {
  /** Joules since the last call; undefined if the power is unknown. */
  readonly takeEnergy: () => number | undefined;
  /** What was sampled since the last call; undefined without a sample. */
  readonly takeGpu: () => GpuTotals | undefined;
  /** Memory in use on the card; null if unknown. */
  readonly memoryBytes: () => number | null;
  /** The card's FLOP per second in the run's precision; undefined if unknown. */
  readonly peakFlopPerSecond: number | undefined;
  /** The card and the loaded CUDA, for the measurement. Complete only after the first step. */
  readonly describe: () => Measurement['environment']['gpu'];
  readonly close: () => void;
}

const nothing: DeviceWatch = {
  takeEnergy: () => undefined,
  takeGpu: () => undefined,
  memoryBytes: () => null,
  peakFlopPerSecond: undefined,
  describe: () => undefined,
  close: () => undefined,
};

interface Options {
  readonly device: string;
  readonly config: RunConfig;
  readonly warn: (message: string) => void;
  readonly find?: () => GpuInUse;
  readonly versions?: () => CudaVersions;
}

const precisionOf = ({ recipe }: RunConfig): Precision =>
  'precision' in recipe ? (recipe.precision as Precision) : 'float32';

/** The peak of the config, else of the card; a warning where neither is known. */
function findPeak({ config, warn }: Options, { name }: ListedGpu): number | undefined {
  const { peakFlopPerSecond } = config.execution;
  if (peakFlopPerSecond !== undefined) return peakFlopPerSecond;
  const precision = precisionOf(config);
  const peak = findGpuPeak(name);
  const found = peak?.flopPerSecond[precision];
  if (found === undefined) {
    const what = peak ? `the ${name} has no units for ${precision}` : `the peak of the card "${name}" is not known`;
    warn(
      `${what}, so the measurement states no utilization: set execution.peakFlopPerSecond to its FLOP per second in ${precision}`,
    );
  }
  return found;
}

/** Starts to watch the GPU in use, if the device is one; warns if it cannot be told which, or what its peak is. */
export function watchDevice(options: Options): DeviceWatch {
  const { device, warn, find = findGpuInUse, versions = loadedCudaVersions } = options;
  if (device !== 'gpu') return nothing;
  const found = find();
  if ('reason' in found) {
    warn(`energy, memory and utilization of the GPU are not measured: ${found.reason}`);
    return nothing;
  }
  const { gpu } = found;
  const sampler = new GpuSampler({ uuid: gpu.uuid, warn });
  const { name, uuid, driver, computeCapability } = gpu;
  return {
    takeEnergy: () => sampler.takeEnergy(),
    takeGpu: () => sampler.takeTotals(),
    memoryBytes: () => sampler.memoryBytes,
    peakFlopPerSecond: findPeak(options, gpu),
    describe: () => ({ name, uuid, driver, computeCapability, ...versions() }),
    close: () => {
      sampler.close();
    },
  };
}
