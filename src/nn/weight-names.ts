import { dataError } from '../base/errors.ts';
import { nameList } from '../base/text/name-list.ts';

/** The prefixes that DataParallel, torch.compile and PyTorch Lightning add to every name of a state dict. */
const WRAPPERS = ['module.', '_orig_mod.', 'model.'] as const;

/**
 * The wrapper prefix that all names of a file have, such as `module._orig_mod.`; empty if they have none.
 * @param expected the names of the network's tensors.
 * @throws UserError exit code 65 if only some names have such a prefix: the file may contain two models.
 */
export function wrapperPrefix(file: string, names: readonly string[], expected: ReadonlySet<string>): string {
  let prefix = '';
  for (;;) {
    const rest = names.map((name) => name.slice(prefix.length));
    if (rest.some((name) => expected.has(name))) return requireOnePrefix(file, rest, prefix, expected);
    const wrapper = WRAPPERS.find((each) => rest.every((name) => name.startsWith(each)));
    if (names.length === 0 || wrapper === undefined) return requireOnePrefix(file, rest, prefix, expected);
    prefix += wrapper;
  }
}

/** Returns `prefix`. @throws UserError exit code 65 if only some of the names without it begin with a wrapper prefix. */
function requireOnePrefix(
  file: string,
  names: readonly string[],
  prefix: string,
  expected: ReadonlySet<string>,
): string {
  for (const wrapper of WRAPPERS) {
    const [wrapped, bare] = [[] as string[], [] as string[]];
    for (const name of names) (name.startsWith(wrapper) && !expected.has(name) ? wrapped : bare).push(name);
    if (wrapped.length > 0 && bare.length > 0)
      throw dataError(
        `${file}: ${wrapped.length} names begin with "${prefix}${wrapper}" (${nameList(wrapped, 3)}) and ${bare.length} do not ` +
          `(${nameList(bare, 3)}), so it is not clear which belong to the network: save one model's state dict`,
      );
  }
  return prefix;
}
