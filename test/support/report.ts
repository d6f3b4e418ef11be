import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInput } from '../../src/report/read.ts';
import { makeReport, type ReportFile } from '../../src/report/report.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { makeMeasurement, makeSweep, writeSweep } from './measurements.ts';

/** A network name that tries to run as code in HTML, in a script or in a style. */
export const evilName = `</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'"\u2028{{}}`;

/** A sweep with all features: seeds, energy and cost, both schedules, one run far below the level, and that name. */
export const fullSweep = (): Measurement[] => [
  ...makeSweep([0, 1], { gpu: true, epochs: 30 }),
  makeMeasurement({ id: 'steps', schedule: 'step', epochsToLevel: 31, gpu: true, epochs: 60 }),
  makeMeasurement({ id: 'smooth', epochsToLevel: 12, gpu: true, epochs: 60 }),
  makeMeasurement({ id: 'low', network: 'lenet', ceiling: 0.792, epochsToLevel: 3000, epochs: 5, gpu: true }),
  makeMeasurement({
    id: 'evil',
    network: evilName,
    published: '2016-07-01',
    dataName: 'imagenet-part',
    gpu: true,
    epochs: 90,
  }),
];

/** The report of measurements, which are written to files and read as the command reads them. */
export async function reportOf(
  measurements: readonly Measurement[],
  options: { published?: boolean; level?: string[]; until?: string; points?: readonly string[] } = {},
): Promise<ReportFile[]> {
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-report-'));
  try {
    writeSweep(folder, measurements);
    return await makeReport(
      readInput({
        paths: measurements.length > 0 ? [folder] : [],
        published: options.published ?? false,
        level: options.level ?? [],
        metric: undefined,
        counts: undefined,
        period: undefined,
        until: options.until,
        points: options.points ?? [],
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const textOf = (files: readonly ReportFile[], path: string): string =>
  String(files.find((file) => file.path === path)?.content);
