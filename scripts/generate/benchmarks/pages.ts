import { packageFile } from '../../../src/base/files/home.ts';
import { fileWithRegions, type Region } from '../markdown.ts';
import { augmentationSchema, augmentationText } from './augmentation-text.ts';
import { beforeSchema, beforeText } from './before-text.ts';
import { coverageSchema, coverageText } from './coverage-text.ts';
import { bfloat16Text, gpuOpsText, opsSchema, runsSchema } from './gpu-ops-text.ts';
import { gpuProfiles, gpuProfileText } from './gpu-profile-text.ts';
import { gpuSpeedText, speedSchema } from './gpu-speed-text.ts';
import { imagesSchema, imagesText } from './images-text.ts';
import { overheadSchema, overheadText } from './overhead-text.ts';
import { readBenchmark } from './read.ts';
import { gradientsSchema, gradientsText, precisionSchema, precisionText } from './precision-text.ts';
import { readRecipeCurves, recipeText } from './recipe-text.ts';
import { startSchema, startText } from './start-text.ts';
import { stepSchema, stepText } from './step-text.ts';
import { sweepSchema, sweepText } from './sweep-text.ts';
import { coverageOfIntervalsSchema, coverageOfIntervalsText, logsText, publishedText } from './trend-text.ts';
import { xlaSchema, xlaText } from './xla-text.ts';

const region = (name: string, text: string): Region => ({ name, command: 'npm run docs', text });

/** The pages with regions that are written from docs/benchmarks, by their path in the repository. */
export async function benchmarkPages(): Promise<[path: string, text: string][]> {
  const steps = readBenchmark('step', stepSchema);
  const before = readBenchmark('step-2026-11-22', beforeSchema);
  const regions: readonly (readonly [string, readonly Region[]])[] = [
    ['docs/training.md', [region('xla', xlaText(readBenchmark('xla', xlaSchema)))]],
    ['docs/data.md', [region('augmentation', augmentationText(readBenchmark('augmentation', augmentationSchema)))]],
    [
      'docs/benchmarks.md',
      [
        region('coverage', coverageText(readBenchmark('coverage', coverageSchema))),
        region('step', stepText(steps, 'float32')),
        region('step-avx2', stepText(readBenchmark('step-avx2', stepSchema), 'float32')),
        region('step-more', stepText(readBenchmark('step-more', stepSchema), 'float32')),
        region('start', startText(readBenchmark('start', startSchema))),
        region('step-before', beforeText(before)),
        region('overhead', overheadText(readBenchmark('overhead', overheadSchema))),
        region('images', imagesText(readBenchmark('data', imagesSchema), before)),
        region('sweep', sweepText(readBenchmark('sweep', sweepSchema))),
        region('recipe', recipeText(readRecipeCurves())),
        region('step-bfloat16', stepText(steps, 'bfloat16')),
        region('precision', precisionText(readBenchmark('precision', precisionSchema))),
        region('precision-gradients', gradientsText(readBenchmark('precision-gradients', gradientsSchema))),
      ],
    ],
    [
      'docs/trend.md',
      [
        region(
          'interval-coverage',
          coverageOfIntervalsText(readBenchmark('interval-coverage', coverageOfIntervalsSchema)),
        ),
        region('published', publishedText()),
        region('logs', logsText()),
      ],
    ],
    [
      'docs/gpu.md',
      [
        region('gpu-ops', gpuOpsText(readBenchmark('gpu-h200-ops', opsSchema))),
        region('gpu-speed', gpuSpeedText(readBenchmark('gpu-h200-speed', speedSchema))),
        region('gpu-profile', gpuProfileText(gpuProfiles())),
        region('gpu-bfloat16', bfloat16Text(readBenchmark('gpu-h200-runs', runsSchema))),
      ],
    ],
  ];
  return Promise.all(
    regions.map(async ([path, found]) => [path, await fileWithRegions(packageFile(path), found)] as [string, string]),
  );
}
