/** Every family of networks, one line each; registry.ts orders them by their first publication. */
export { alexnets } from './alexnet.ts';
export { convnexts } from './convnext.ts';
export { densenets } from './densenet.ts';
export { efficientnets } from './efficientnet.ts';
export { efficientnetsV2 } from './efficientnet_v2.ts';
export { googlenets } from './googlenet.ts';
export { mnasnets } from './mnasnet.ts';
export { mobilenetsV1 } from './mobilenet_v1.ts';
export { mobilenetsV2 } from './mobilenet_v2.ts';
export { mobilenetsV3 } from './mobilenet_v3.ts';
export { regnets } from './regnet.ts';
export { resnets } from './resnet.ts';
export { shufflenetsV1 } from './shufflenet_v1.ts';
export { shufflenetsV2 } from './shufflenet_v2.ts';
export { squeezenets } from './squeezenet.ts';
export { vggs } from './vgg.ts';
export { vits } from './vit.ts';
