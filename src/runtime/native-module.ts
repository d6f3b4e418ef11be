import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The file of a native module that set-up builds beside the addon of tfjs (scripts/setup/addon.mjs). @throws Error without tfjs. */
export const nativeModuleFile = (name: string): string =>
  join(dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'lib', 'napi-v8', `${name}.node`);

/** Loads a native module; undefined if set-up has not built it. @throws Error without tfjs, or if the module cannot be loaded. */
export function loadNativeModule(name: string): unknown {
  const file = nativeModuleFile(name);
  return existsSync(file) ? require(file) : undefined;
}
