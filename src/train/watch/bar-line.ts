import type { LinePart } from '../../base/numbers/fit-line.ts';
import { progressLine } from '../../base/text/progress-line.ts';
import type { Progress } from '../../results/progress.ts';
import { activityText, fractionDone, progressTexts } from '../../results/progress-text.ts';

/** The parts of the line with their ranks: a narrow terminal leaves out the highest ranks first. */
function rankedParts(progress: Progress): LinePart[] {
  const { loss, level, state } = progress;
  const texts = progressTexts(progress);
  const [rankOfTop1, rankOfTop5] = level?.metric === 'top5' ? [7, 4] : [4, 7];
  return [
    { text: activityText(state) ?? '', rank: 0 },
    { text: texts.epoch, rank: 6 },
    { text: texts.step, rank: 1 },
    { text: loss === null ? '' : texts.loss, rank: 3 },
    { text: texts.top1, rank: rankOfTop1 },
    { text: texts.top5, rank: rankOfTop5 },
    { text: texts.distance, rank: 5 },
    { text: texts.flops, rank: 8 },
    { text: texts.rate, rank: 9 },
    { text: texts.wait, rank: 3 },
    { text: texts.gpuMemory, rank: 10 },
    { text: texts.eta, rank: 2 },
  ];
}

/** The progress bar and text of a run in one line of at most `columns` characters. The least important parts are left out first. */
export const barLine = (progress: Progress, columns: number): string =>
  progress.steps === 0
    ? `${activityText(progress.state) ?? ''} ...`.slice(0, columns)
    : progressLine(fractionDone(progress), rankedParts(progress), columns);
