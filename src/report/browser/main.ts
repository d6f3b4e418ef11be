import { makeInteractive } from './chart.ts';
import { addDownloads } from './downloads.ts';
import { expandForPrint } from './print.ts';
import { openLinkedRecords } from './records.ts';

for (const figure of document.querySelectorAll<HTMLElement>('figure.chart')) {
  const data = figure.querySelector('.chart-data')?.textContent;
  if (!data) continue;
  const { spec, svg, csv } = JSON.parse(data) as { spec: object; svg: string; csv: string };
  addDownloads(figure, { svg, csv });
  void makeInteractive(figure, spec);
}
expandForPrint();
openLinkedRecords();
