import type { NetworkConfig, RunConfig } from '../../config/run.ts';

/** Looks up networks for planning. The caller passes it in, because this room may not import the networks. */
export interface Catalogue {
  /**
   * Checks a network and its options. With `run`, also checks whether the run fits the network: the options of the recipe, and
   * whether the images are large enough. Returns the network's name in the registry, its date and the file of its recipe.
   * @throws UserError 78 naming similar networks or options, or what does not fit.
   */
  network(
    config: NetworkConfig,
    run?: RunConfig,
  ): {
    name: string;
    published: string;
    recipeFile?: string;
    /** For a network from a user's file: the file and its hashes. */
    file?: Pick<NetworkConfig, 'file' | 'sha256' | 'imports'>;
  };
}
