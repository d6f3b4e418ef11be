import type { Forward } from '../src/nn/index.ts';
import { checkOptions, type GivenOptions, type Options } from './options.ts';

export interface Paper {
  readonly title: string;
  /** `1512.03385`, or null for a paper that is not on arXiv. */
  readonly arxiv: string | null;
}

/** ImageNet validation accuracy as fractions of 1, of one centre crop where the source gives it. */
export interface Accuracy {
  readonly top1: number | null;
  readonly top5: number | null;
  /** `torchvision`: of its first published weights; `paper`: as the paper reports it. */
  readonly source: 'torchvision' | 'paper';
}

export interface NetworkEntry {
  /** torchvision's name, or one by analogy. */
  readonly name: string;
  /** Names in timm, in the papers and in Hernandez & Brown 2020; upper case, `-` and `_` do not matter. */
  readonly aliases: readonly string[];
  /** The file in models/ it is written in. */
  readonly family: string;
  /** Day of publication, YYYY-MM-DD, as in Hernandez & Brown 2020, table 3. */
  readonly published: string;
  readonly paper: Paper;
  /** Height and width in pixels of the images the paper (or torchvision) trains with. */
  readonly input: number;
  /** Null where none is published for this variant. */
  readonly accuracy: Accuracy | null;
  /** Name of the recipe in configs/recipes that it is trained with by default. */
  readonly recipe: string;
  /** The options it takes, with their defaults. */
  readonly options: Readonly<Partial<Options>>;
  /**
   * The network with these options.
   * @throws UserError exit code 78 for an option it does not have or a value that is not allowed.
   */
  readonly build: (given?: GivenOptions) => Forward;
}

interface Definition<Name extends keyof Options> extends Omit<NetworkEntry, 'options' | 'build'> {
  readonly options: Readonly<Pick<Options, Name>>;
  readonly forward: (options: Readonly<Pick<Options, Name>>) => Forward;
}

/** A registry entry from a family's row: `forward` sees every option checked and filled in. */
export function network<Name extends keyof Options>(definition: Definition<Name>): NetworkEntry {
  const { forward, ...entry } = definition;
  return {
    ...entry,
    build: (given = {}) => forward(checkOptions(entry.name, entry.options, given)),
  };
}

/** Accuracies in percent, top-1 and top-5, as papers and torchvision print them. */
export const percent = (
  source: Accuracy['source'],
  [top1, top5]: readonly [number | null, number | null],
): Accuracy => ({ source, top1: fraction(top1), top5: fraction(top5) });

const fraction = (points: number | null): number | null => (points === null ? null : Number((points / 100).toFixed(5)));
