import type { Forward } from '../src/nn/index.ts';
import { checkOptions, type GivenOptions, type Options } from './options.ts';

/** The paper that published a network. */
export interface Paper {
  readonly title: string;
  /** `1512.03385`, or null for a paper that is not on arXiv. */
  readonly arxiv: string | null;
}

/** ImageNet validation accuracy as fractions of 1; for one center crop if the source reports that. */
export interface Accuracy {
  readonly top1: number | null;
  readonly top5: number | null;
  /** `torchvision`: the accuracy of its first published weights. `paper`: the accuracy that the paper reports. */
  readonly source: 'torchvision' | 'paper';
}

/** A network in the registry. */
export interface NetworkEntry {
  /** torchvision's name, or one by analogy. */
  readonly name: string;
  /** Names in timm, in the papers and in Hernandez & Brown 2020. Case, `-` and `_` are ignored. */
  readonly aliases: readonly string[];
  /** The name of its file in models/. */
  readonly family: string;
  /** Day of publication, YYYY-MM-DD, as in Hernandez & Brown 2020, table 3. */
  readonly published: string;
  readonly paper: Paper;
  /** Height and width in pixels of the training images in the paper (or torchvision). */
  readonly input: number;
  /** Null if no accuracy is published for this variant. */
  readonly accuracy: Accuracy | null;
  /** Name of its default recipe in configs/recipes. */
  readonly recipe: string;
  /** The number of training images, from the first, from which initial weights are computed; missing if none are needed. */
  readonly initialImages?: number;
  /** The options that the network accepts, with their defaults. */
  readonly options: Readonly<Partial<Options>>;
  /**
   * Builds the network with these options.
   * @throws UserError exit code 78 for an unknown option or an invalid value.
   */
  readonly build: (given?: GivenOptions) => Forward;
}

interface Definition<Name extends keyof Options> extends Omit<NetworkEntry, 'options' | 'build'> {
  readonly options: Readonly<Pick<Options, Name>>;
  readonly forward: (options: Readonly<Pick<Options, Name>>) => Forward;
}

/** Creates a registry entry. `forward` gets all options, checked and with defaults. */
export function network<Name extends keyof Options>(definition: Definition<Name>): NetworkEntry {
  const { forward, ...entry } = definition;
  return {
    ...entry,
    build: (given = {}) => forward(checkOptions(entry.name, entry.options, given)),
  };
}

/** Converts top-1 and top-5 accuracies from percent. */
export const percent = (
  source: Accuracy['source'],
  [top1, top5]: readonly [number | null, number | null],
): Accuracy => ({ source, top1: fraction(top1), top5: fraction(top5) });

const fraction = (points: number | null): number | null => (points === null ? null : Number((points / 100).toFixed(5)));
