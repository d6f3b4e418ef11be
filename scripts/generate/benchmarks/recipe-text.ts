import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../../src/base/files/home.ts';
import { formatPercent } from '../../../src/base/text/format.ts';
import { readMeasurement } from '../../../src/results/read.ts';
import { table } from '../markdown.ts';

const epoch = z.object({ epoch: z.number(), loss: z.number(), top1: z.number(), top5: z.number() });
type Epoch = z.output<typeof epoch>;

const NAME = 'docs/benchmarks/tiny-imagenet-resnet18';

/** Both learning curves of the comparison with PyTorch: docs/benchmarks/tiny-imagenet-resnet18*. */
export function readRecipeCurves(): Readonly<Record<'doubletime' | 'PyTorch', readonly Epoch[]>> {
  const lines = readFileSync(packageFile(`${NAME}-torch.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const { curve } = readMeasurement(packageFile(`${NAME}.json`));
  return {
    doubletime: curve.map(({ epochs, trainingLoss, top1, top5 }) =>
      epoch.parse({ epoch: Math.round(epochs), loss: trainingLoss, top1, top5 }),
    ),
    PyTorch: lines.map((line) => epoch.parse(JSON.parse(line))),
  };
}

/** The accuracies and losses of both libraries after each epoch. */
export function recipeText(curves: ReturnType<typeof readRecipeCurves>): string {
  const rowsOf = (label: string, show: (epoch: Epoch) => string) =>
    Object.entries(curves).map(([library, points]) => [`${label}, ${library}`, ...points.map(show)]);
  const epochs = curves.doubletime.map((point) => `>${point.epoch}`);
  const last = (['doubletime', 'PyTorch'] as const).map((library) => curves[library].at(-1)!.top5);
  const rows = [
    ...rowsOf('top-5', ({ top5 }) => formatPercent(top5)),
    ...rowsOf('top-1', ({ top1 }) => formatPercent(top1)),
    ...rowsOf('training loss of the epoch', ({ loss }) => loss.toFixed(2)),
  ];
  const difference = (100 * Math.abs(last[0]! - last[1]!)).toFixed(1);
  return `${table(['after epoch', ...epochs], rows)}
The two sides use different random numbers. At the end, their top-5 differs by ${difference} points.`;
}
