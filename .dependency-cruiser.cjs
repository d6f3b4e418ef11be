/** The arrows of the house: who may import whom (docs/architecture.md). */
const onlyFrom = (name, room, allowed) => ({
  name,
  severity: 'error',
  comment: `${room} may import only ${allowed.join(', ')}`,
  from: { path: `^${room}/` },
  to: { path: '^(src|models)/', pathNot: [room, ...allowed].map((r) => `^${r}/`) },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    onlyFrom('base-is-the-ground', 'src/base', []),
    onlyFrom('models-use-layers-only', 'models', ['src/nn', 'src/base']),
    onlyFrom('runtime', 'src/runtime', ['src/base']),
    onlyFrom('nn', 'src/nn', ['src/runtime', 'src/base']),
    onlyFrom('trace', 'src/trace', ['src/nn', 'src/runtime', 'src/base']),
    onlyFrom('flops', 'src/flops', ['src/trace', 'src/base']),
    onlyFrom('config', 'src/config', ['src/base']),
    onlyFrom('data', 'src/data', ['src/config', 'src/base']),
    onlyFrom('results', 'src/results', ['src/config', 'src/base']),
    onlyFrom('train', 'src/train', [
      'src/nn',
      'src/trace',
      'src/flops',
      'src/data',
      'src/config',
      'src/results',
      'src/runtime',
      'src/base',
      'models',
    ]),
    onlyFrom('sweep', 'src/sweep', ['src/config', 'src/results', 'src/base']),
    onlyFrom('trend', 'src/trend', ['src/results', 'src/config', 'src/base']),
    onlyFrom('report', 'src/report', ['src/trend', 'src/results', 'src/config', 'src/base']),
    {
      name: 'no-tensorflow-beside-training',
      severity: 'error',
      comment:
        'a laptop without the native library rebuilds every number and picture from the JSON',
      from: { path: '^src/(base|config|results|sweep|trend|report|data)/' },
      to: { path: '@tensorflow' },
    },
    {
      name: 'tensorflow-enters-by-one-door',
      severity: 'error',
      from: { path: '^(src|models)/', pathNot: '^src/(runtime|nn|trace)/' },
      to: { path: '@tensorflow', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-the-cli',
      severity: 'error',
      from: { path: '^(src|models)/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-cli-imports-the-api',
      severity: 'error',
      from: { path: '^(src|models)/', pathNot: '^src/(api|cli)/' },
      to: { path: '^src/api/' },
    },
    {
      name: 'no-tests-in-source',
      severity: 'error',
      from: { path: '^(src|models|scripts)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
