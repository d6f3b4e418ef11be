import { expect, it } from 'vitest';
import { progressBar, ProgressDisplay, progressLine } from '../../../src/base/text/progress-line.ts';
import { Screen } from '../../support/screen.ts';

it('a bar is full only when everything is done', () => {
  expect([0, 0.5, 0.999, 1, 2].map((fraction) => progressBar(fraction, 4))).toEqual([
    ...['░░░░', '██░░', '███░', '████', '████'],
  ]);
});

it('a line has a bar of at most 24 characters and is never wider than the terminal', () => {
  const parts = [
    { text: 'packing', rank: 0 },
    { text: '50.0 %', rank: 1 },
  ];
  expect(progressLine(0.5, parts, 100)).toBe(`${'█'.repeat(12)}${'░'.repeat(12)} packing  50.0 %`);
  expect(progressLine(0.5, parts, 18)).toBe(`${'█'.repeat(5)}${'░'.repeat(5)} packing`);
  expect(progressLine(0.5, parts, 4)).toHaveLength(4);
});

it('a display draws one line, prints others above it and leaves the terminal as it was', () => {
  const screen = new Screen(20, 5);
  const display = new ProgressDisplay(screen);
  display.draw((columns) => `line of ${columns}`);
  display.print('above');
  display.draw(() => 'changed');
  expect([screen.text, screen.cursorIsHidden]).toEqual([['above', 'changed'], true]);
  display.clear();
  expect([screen.text, screen.cursorIsHidden]).toEqual([['above'], false]);
});
