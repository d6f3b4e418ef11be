import { defineNetwork } from '../../../models/own.ts';
import { registerNetwork } from '../../../models/registry.ts';
import { registerOpFormula } from './op-formula.ts';
import * as layers from '../../nn/index.ts';
import { defineOp } from '../../nn/define.ts';
import * as raw from '../../nn/raw.ts';

/** The functions that a network file may import from `doubletime`. */
export const toolkit = {
  ...layers,
  defineNetwork,
  registerNetwork,
  registerOpFormula,
  defineOp,
  raw,
};
