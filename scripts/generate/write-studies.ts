// Writes results/README.md, the result in README.md, and its chart from the measurements in results/: npm run studies
import { join } from 'node:path';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { packageFile } from '../../src/base/files/home.ts';
import { drawSvg, vegaSpec } from '../../src/report/draw.ts';
import { addFrame } from '../../src/report/frame.ts';
import { toPngs } from '../../src/report/png.ts';
import { headlineChart, studiesPages } from './studies/pages.ts';
import { readStudies } from './studies/read.ts';

const root = packageFile('.');
for (const [path, text] of await studiesPages(root)) writeFileAtomic(join(root, path), text);
const chart = headlineChart(readStudies(join(root, 'results')));
if (chart) {
  const svg = addFrame(chart, await drawSvg(vegaSpec(chart, 'file'), chart.id));
  const [png] = await toPngs([svg]);
  writeFileAtomic(join(root, 'docs/result.png'), png!);
}
