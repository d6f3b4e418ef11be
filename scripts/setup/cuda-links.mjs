import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * TensorFlow opens CUDA's libraries by name with the search path of libtensorflow_framework (its RUNPATH). In TensorFlow 2.21.0 that
 * path lacks the folder of cuSOLVER. Without cuSOLVER, TensorFlow uses no GPU. So its library is linked into the folder of cuSPARSE, which
 * the path contains.
 */
const MISSING = 'cusolver';
const SEARCHED = 'cusparse';

/** The names of libraries to link, beside a `tensorflow` folder; none if cuSOLVER is not there. */
function namesToLink(tensorFlow) {
  const folder = join(dirname(tensorFlow), 'nvidia', MISSING, 'lib');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('libcusolver.so')) : [];
}

const linkPath = (tensorFlow, name) => join(dirname(tensorFlow), 'nvidia', SEARCHED, 'lib', name);

/** Whether TensorFlow finds each library of CUDA that is beside its folder. */
export const hasCudaLinks = (tensorFlow) =>
  namesToLink(tensorFlow).every((name) => existsSync(linkPath(tensorFlow, name)));

/** Links the libraries that TensorFlow would not find. */
export function linkCuda(tensorFlow) {
  for (const name of namesToLink(tensorFlow)) {
    const path = linkPath(tensorFlow, name);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join('..', '..', MISSING, 'lib', name), path);
  }
}
