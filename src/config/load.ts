import { parseDocument } from 'yaml';
import { withInitialWeights } from './initial-weights.ts';
import { resolveNetworkFile } from './network-file.ts';
import { parseOverride } from './overrides.ts';
import { quotedSource } from './yaml/ambiguities.ts';
import { withRecipe } from './recipe-file.ts';
import { runSchema, type RunConfig } from './run.ts';
import { withoutTune } from './tune.ts';
import {
  expandedPath,
  include,
  openYaml,
  override,
  parseYaml,
  readYamlText,
  validateYaml,
  valueAt,
  withExpandedPath,
  type YamlSource,
} from './yaml/yaml.ts';

/** One `--set key=value`. */
interface Setting {
  readonly key: string;
  readonly value: unknown;
  /** How messages name its place. */
  readonly place: () => string;
  /** As in YamlSource; undefined for a group of keys. */
  readonly quotedText: string | undefined;
}

const quoteSetValue = (text: string): string | undefined => quotedSource(parseDocument(text).contents);

function parseSetting(text: string): Setting {
  const [key, value] = parseOverride(text);
  const quotedText = quoteSetValue(text.slice(text.indexOf('=') + 1));
  return { key, value, place: () => `--set ${text}`, quotedText };
}

/** Whether a setting is `--set recipe=FILE`, which replaces the recipe. The path is relative to the working folder. */
const isRecipeFile = ({ key, value }: Setting): boolean => key === 'recipe' && typeof value === 'string';

const changesRecipe = ({ key }: Setting): boolean => key === 'recipe' || key.startsWith('recipe.');

/** Leaves out the settings of the recipe that a later `--set recipe=FILE` replaces. */
function withoutReplaced(settings: readonly Setting[]): readonly Setting[] {
  const last = settings.findLastIndex(isRecipeFile);
  return settings.filter((setting, index) => index >= last || !changesRecipe(setting));
}

function withRecipeAndSettings(source: YamlSource, settings: readonly Setting[]): YamlSource {
  const last = settings.findLast(isRecipeFile);
  if (last === undefined) return withRecipe(source);
  const whole = override(source, 'recipe', last.value, last.place);
  return include(whole, ['recipe'], openYaml(expandedPath(whole, ['recipe'], process.cwd())));
}

/** Writes a network that is only a name, `network: resnet18`, as a group of keys, so that `--set network.width=0.5` can add one. */
function withNetworkKeys(source: YamlSource): YamlSource {
  const name = valueAt(source, ['network']);
  return typeof name === 'string' ? { ...source, value: { ...(source.value as object), network: { name } } } : source;
}

/**
 * Reads a run config with its recipe, applies each `--set key=value` in order, and fills in the defaults. Ignores `tune`.
 * @param text the file's text, if it has been read already.
 * @throws UserError exit code 78 with file, line and key, or with the wrong `--set`; 66 if the file cannot be read.
 */
export function loadRun(file: string, overrides: readonly string[] = [], text: string = readYamlText(file)): RunConfig {
  const settings = withoutReplaced(overrides.map(parseSetting));
  const source = settings
    .filter((setting) => !isRecipeFile(setting))
    .reduce(
      (base, { key, value, place, quotedText }) =>
        override(base, key, value, place, ([inner]) => (inner === undefined ? quotedText : undefined)),
      withNetworkKeys(withoutTune(withRecipeAndSettings(parseYaml(text, file), settings))),
    );
  const resolved = resolveNetworkFile(withInitialWeights(withExpandedPath(source, ['data', 'path'])), ['network']);
  return validateYaml(resolved, runSchema);
}
