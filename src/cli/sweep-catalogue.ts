import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findNetwork } from '../../models/registry.ts';
import type { Catalogue } from '../sweep/plan.ts';

const recipes = new URL('../../configs/recipes/', import.meta.url);

/** The networks of this project, for a sweep, which must not know them itself. */
export const catalogue: Catalogue = {
  network: ({ name, ...options }) => {
    const entry = findNetwork(name);
    entry.build(options);
    const recipeFile = fileURLToPath(new URL(`${entry.recipe}.yaml`, recipes));
    return {
      name: entry.name,
      published: entry.published,
      ...(existsSync(recipeFile) ? { recipeFile } : {}),
    };
  },
};
