import type { RunConfig } from '../../config/run.ts';
import { type CudaVersions, loadedCudaVersions } from '../../runtime/cuda-versions.ts';
import { findGpuInUse, type GpuInUse } from '../../runtime/gpu-in-use.ts';
import type { Gpu } from '../../runtime/gpus.ts';
import { findGpuPeak } from '../../runtime/gpu-peaks.ts';
import type { Measurement } from '../../results/measurement.ts';
import { GpuSampler } from './gpu-sampler.ts';
import type { GpuTotals } from './gpu-samples.ts';

/** Watches the GPU that a run trains on. On a CPU all values are unknown. */
export interface DeviceWatch {
  /** Joules since the last call; undefined if the power is unknown. */
  readonly takeEnergy: () => number | undefined;
  /** The samples since the last call; undefined if there are none. */
  readonly takeGpu: () => GpuTotals | undefined;
  /** Memory in use on the card; null if unknown. */
  readonly memoryBytes: () => number | null;
  /** The card's FLOP per second in the run's precision; undefined if unknown. */
  readonly peakFlopPerSecond: number | undefined;
  /** The card and the loaded CUDA, for the measurement. Complete only after the first step. */
  readonly describe: () => Measurement['environment']['gpu'];
  readonly close: () => void;
}

const unknownDevice: DeviceWatch = {
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

/** The peak FLOP per second from the config, otherwise of the card. Warns if neither is known. */
function findPeak({ config, warn }: Options, { name }: Gpu): number | undefined {
  const { peakFlopPerSecond } = config.execution;
  if (peakFlopPerSecond !== undefined) return peakFlopPerSecond;
  const { precision } = config.recipe;
  const peak = findGpuPeak(name);
  const flopPerSecond = peak?.flopPerSecond[precision];
  if (flopPerSecond === undefined) {
    const reason = peak ? `the ${name} has no units for ${precision}` : `the peak of the card "${name}" is unknown`;
    warn(
      `${reason}, so the measurement will not contain the utilization: set execution.peakFlopPerSecond to its FLOP per second in ${precision}`,
    );
  }
  return flopPerSecond;
}

/** Starts to watch the GPU in use if the device is `gpu`. Warns if the GPU or its peak is unknown. */
export function watchDevice(options: Options): DeviceWatch {
  const { device, warn, find = findGpuInUse, versions = loadedCudaVersions } = options;
  if (device !== 'gpu') return unknownDevice;
  const found = find();
  if ('reason' in found) {
    warn(`energy, memory and utilization of the GPU are not measured: ${found.reason}`);
    return unknownDevice;
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
