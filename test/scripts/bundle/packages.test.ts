import { describe, expect, it } from 'vitest';
import { filesOfPackage, isLoaded, runtimePackages } from '../../../scripts/bundle/packages.ts';
import { checkNode } from '../../../scripts/bundle/stage.ts';
import { packageRoot } from '../../../src/base/files/home.ts';

describe('runtimePackages', () => {
  const packages = runtimePackages(packageRoot);

  it('has all direct and indirect dependencies, without the development tools', () => {
    for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-core', 'tsx', 'zod', 'esbuild', 'sharp'])
      expect(packages).toContain(`node_modules/${name}`);
    for (const name of ['typescript', 'vitest', 'eslint']) expect(packages).not.toContain(`node_modules/${name}`);
  });

  it('has the native addon among the files, and of tfjs only what Node loads', () => {
    const files = packages.flatMap((folder) => filesOfPackage(packageRoot, folder));
    expect(files).toContain('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node');
    expect(files.filter((file) => /^node_modules\/@tensorflow\/tfjs-core\/(?!node_modules)/.test(file))).toEqual([
      'node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js',
      'node_modules/@tensorflow/tfjs-core/package.json',
    ]);
    expect(files).toContain('node_modules/@tensorflow/tfjs-core/node_modules/node-fetch/lib/index.js');
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('isLoaded', () => {
  it.each([
    ['node_modules/zod', 'index.js', true],
    ['node_modules/zod', 'index.d.ts', false],
    ['node_modules/zod', 'index.js.map', false],
    ['node_modules/zod', 'LICENSE', true],
    ['node_modules/@julusian/jpeg-turbo', 'prebuilds/jpegturbo-linux-x64/node-napi-v8.node', true],
    ['node_modules/@julusian/jpeg-turbo', 'prebuilds/jpegturbo-win32-x64/node-napi-v8.node', false],
    ['node_modules/@julusian/jpeg-turbo', 'prebuilds/jpegturbo-linux-x64-musl/node-napi-v8.node', false],
  ])('%s/%s: %s', (folder, file, loaded) => {
    expect(isLoaded(folder, file, 'linux-x64')).toBe(loaded);
  });
});

describe('checkNode', () => {
  it('accepts a Node that needs only system libraries, and refuses one that needs others', () => {
    const system =
      '\tlinux-vdso.so.1 (0x7)\n\tlibstdc++.so.6 => /lib/libstdc++.so.6 (0x7)\n\t/lib64/ld-linux-x86-64.so.2 (0x7)\n';
    expect(() => {
      checkNode('/usr/bin/node', system);
    }).not.toThrow();
    expect(() => {
      checkNode('/usr/bin/node', `${system}\tlibnode.so.115 => /lib/libnode.so.115 (0x7)\n`);
    }).toThrow(/\/usr\/bin\/node needs libnode\.so\.115, .*: run the bundle with a Node from nodejs\.org/);
  });
});
