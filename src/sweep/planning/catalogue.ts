import type { NetworkConfig, RunConfig } from '../../config/run.ts';

/** What planning asks the registry of networks; the command line, which alone may know it, passes it in. */
export interface Catalogue {
  /**
   * Checks a network and its options and, once it is known, the run that trains it: the recipe's options, images that are
   * large enough. Returns the network's proper name, its date and the file of its recipe.
   * @throws UserError 78 naming the nearest networks or options, or what does not fit.
   */
  network(
    config: NetworkConfig,
    run?: RunConfig,
  ): {
    name: string;
    published: string;
    recipeFile?: string;
    /** For a network of a file: the file and its hashes. */
    file?: Pick<NetworkConfig, 'file' | 'sha256' | 'imports'>;
  };
}
