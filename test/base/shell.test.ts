import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/base/shell.ts';

describe('shellWord', () => {
  it.each(["it's", 'a b', '$HOME', 'plain-1.2', '`x`', '"'])('keeps %j as it is', (word) => {
    const { stdout } = spawnSync('bash', ['-c', `printf %s ${shellWord(word)}`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(word);
  });
});
