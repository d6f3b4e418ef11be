import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/api/catalogue.ts';
import { packageFile } from '../../../src/base/files/home.ts';
import { runSchema } from '../../../src/config/run.ts';
import { parseYaml } from '../../../src/config/yaml/yaml.ts';
import { expandSweep } from '../../../src/sweep/planning/expand.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const plan = (yaml: string) => planOf(temporaryFolder(), `${sweepHeader}${yaml}`);
const own = packageFile('examples/my-net.ts');
const sha256 = 'ab'.repeat(32);

describe('set', () => {
  it.each([`network.file: ${own}`, `network.sha256: ${sha256}`, `network.imports: { ./a.ts: ${sha256} }`])(
    'does not replace the network after which the run is named and dated (%s)',
    (setting) => {
      expect(() => plan(`runs: [{ network: vgg11, set: { ${setting} } }]\n`)).toThrow(
        /:5:\d+: runs\.0\.set\.network\.(file|sha256|imports) cannot be set here: use "network"$/,
      );
    },
  );

  it('does not replace it on the command line either', () => {
    const source = parseYaml(`${sweepHeader}runs: [{ network: vgg11 }]\n`, 'x.yaml');
    const settings = [{ key: 'network.file', value: own }];
    expect(() => expandSweep(source, { catalogue, settings })).toThrow(
      '--set network.file: cannot be set here: use "network"',
    );
  });

  it.each([
    'recipe.optimizer: { name: sgd }, recipe.optimizer.momentum: 0.5',
    'recipe.optimizer.momentum: 0.5, recipe.optimizer: { name: sgd }',
  ])('refuses a key inside of another one, because the order of keys has no meaning: %s', (set) => {
    expect(() => plan(`runs: [{ network: vgg11, set: { ${set} } }]\n`)).toThrow(
      /set\.recipe\.optimizer\.momentum is inside of "recipe\.optimizer", which is set too, so it may be read before or after it: write it into recipe\.optimizer$/,
    );
  });

  it('of a run changes what the set of the sweep has set', () => {
    const { runs } = plan(`set: { recipe.optimizer: { name: sgd, momentum: 0.2 } }
runs: [{ network: vgg11, set: { recipe.optimizer.momentum: 0.5 } }]
`);
    expect(runs[0]?.config.recipe.optimizer).toMatchObject({ name: 'sgd', momentum: 0.5 });
  });
});

it.each([{ sha256 }, { imports: { './a.ts': sha256 } }])(
  'a network in no file has no hashes of files: %j',
  (hashes) => {
    const config = {
      network: { name: 'resnet18', ...hashes },
      data: { source: 'synthetic', input: 32 },
      recipe: { batch: 8, epochs: 1, learningRate: 0.1 },
    };
    const [key] = Object.keys(hashes);
    expect(runSchema.safeParse(config).error?.issues).toMatchObject([
      { path: ['network', key], message: 'is set, but the network resnet18 is in no file: remove it' },
    ]);
  },
);
