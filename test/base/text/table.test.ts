import { describe, expect, it } from 'vitest';
import { formatTable } from '../../../src/base/text/table.ts';

const columns = [{ name: 'name' }, { name: 'size', align: 'right' }] as const;

describe('formatTable', () => {
  it('aligns columns for a terminal', () => {
    expect(
      formatTable(columns, [
        ['a', 1],
        ['longer', null],
      ]),
    ).toBe('name    size\na          1\nlonger     –\n');
  });

  it('escapes names in Markdown', () => {
    expect(formatTable(columns, [['a|b<script>', 1]], 'markdown')).toBe(
      '| name            | size |\n| --------------- | ---: |\n| a\\|b&lt;script> |    1 |\n',
    );
  });

  it('replaces control characters, so that no name moves the cursor', () => {
    expect(formatTable(columns, [['\u001b[2Jx\n', 1]])).toBe('name    size\n\ufffd[2Jx\ufffd     1\n');
  });
});
