import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellQuote } from '../../../src/base/text/shell.ts';

it('leaves plain paths as they are', () => {
  for (const word of ['runs/resnet18', './my-net.ts', 'a=b', '/x_1.0,2+3@4%5:6']) expect(shellQuote(word)).toBe(word);
});

it.each(['my runs', "it's", '$HOME', 'a"b', '`id`', 'a\\b', 'a;b', '', '*', 'a\nb', '~', 'Küche'])(
  'quotes %j so that a shell reads the same word',
  (word) => {
    const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellQuote(word)}`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(word);
  },
);
