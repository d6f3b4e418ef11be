import { describe, expect, it } from 'vitest';
import { truncateText, Painter } from '../../../src/base/text/painter.ts';
import { Screen } from '../../support/screen.ts';

describe('Painter', () => {
  it('replaces the lines that it drew before, also by fewer and shorter ones', () => {
    const screen = new Screen(20, 10);
    const painter = new Painter(screen);
    painter.draw(['one', 'two two', 'three']);
    painter.draw(['1', '2']);
    expect(screen.text).toEqual(['1', '2']);
    painter.draw(['1', '2', '3', '4']);
    expect(screen.text).toEqual(['1', '2', '3', '4']);
  });

  it('prints messages above the drawn lines, also long ones, and removes the drawn lines at the end', () => {
    const screen = new Screen(20, 6);
    const painter = new Painter(screen);
    painter.hideCursor();
    painter.draw(['a long line of text', 'b']);
    painter.print('note: 1');
    painter.print('note: a line that is longer than the screen');
    painter.draw(['c', 'd']);
    expect(screen.cursorIsHidden).toBe(true);
    expect(screen.text).toEqual(['note: 1', 'note: a line that is', ' longer than the scr', 'een', 'c', 'd']);
    painter.clear();
    screen.write('after\n');
    expect(screen.text.slice(3)).toEqual(['een', 'after']);
    expect(screen.cursorIsHidden).toBe(false);
  });

  it('never draws more lines than the screen has, so that no drawn line scrolls away', () => {
    const screen = new Screen(12, 4);
    const painter = new Painter(screen);
    const lines = Array.from({ length: 9 }, (_, i) => `line ${i} of many`);
    for (let i = 0; i < 5; i++) painter.draw(lines.map((line) => `${i} ${line}`));
    expect(screen.text).toEqual(['4 line 0 o…', '4 line 1 o…', '4 line 2 o…']);
  });

  it('finds the first line again after the terminal was made narrower', () => {
    const screen = new Screen(40, 12);
    const painter = new Painter(screen);
    painter.draw(['x'.repeat(30), 'y'.repeat(30)]);
    // A terminal of 16 columns breaks the two lines.
    const narrow = new Screen(16, 12);
    narrow.write(`${'x'.repeat(30)}\n${'y'.repeat(30)}\n`);
    Object.assign(screen, { columns: 16 });
    screen.writes.length = 0;
    painter.draw(['z']);
    narrow.write(screen.writes.join(''));
    expect(narrow.text).toEqual(['z']);
  });

  it('writes nothing if nothing has changed, and each update in one piece', () => {
    const screen = new Screen(20, 10);
    const painter = new Painter(screen);
    painter.draw(['a', 'b']);
    painter.draw(['a', 'b']);
    expect(screen.writes).toHaveLength(1);
    painter.draw(['a', 'c']);
    expect(screen.writes).toHaveLength(2);
    new Painter(screen).clear();
    expect(screen.writes).toHaveLength(2);
  });

  it('truncates a text by characters', () => {
    expect([truncateText('abc', 3), truncateText('abcd', 3), truncateText('█░░░', 2), truncateText('abc', 0)]).toEqual([
      'abc',
      'ab…',
      '█…',
      '…',
    ]);
  });
});
