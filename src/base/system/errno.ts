import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/**
 * Errors of Linux that a disk or a network share can return and that Node does not name, by number
 * (https://github.com/torvalds/linux/blob/v6.6/include/uapi/asm-generic/errno.h).
 */
const unknownToNode: Readonly<Record<number, readonly [name: string, text: string]>> = {
  37: ['ENOLCK', 'no locks available'],
  67: ['ENOLINK', 'the link has been severed'],
  70: ['ECOMM', 'communication error on send'],
  74: ['EBADMSG', 'bad message'],
  77: ['EBADFD', 'file descriptor in bad state'],
  102: ['ENETRESET', 'the network dropped the connection'],
  112: ['EHOSTDOWN', 'the host is down'],
  116: ['ESTALE', 'stale file handle'],
  117: ['EUCLEAN', 'the file system needs repair'],
  121: ['EREMOTEIO', 'remote input/output error'],
  122: ['EDQUOT', 'disk quota exceeded'],
  123: ['ENOMEDIUM', 'no medium found'],
  124: ['EMEDIUMTYPE', 'wrong medium type'],
  126: ['ENOKEY', 'a required key is not available'],
  127: ['EKEYEXPIRED', 'a key has expired'],
  128: ['EKEYREVOKED', 'a key has been revoked'],
  129: ['EKEYREJECTED', 'a key was rejected'],
  131: ['ENOTRECOVERABLE', 'the state cannot be recovered'],
};

/** Name and plain text of a system error by its number, of either sign: `['EDQUOT', 'disk quota exceeded']`. */
export function describeErrno(errno: number): readonly [name: string, text: string] {
  const number = Math.abs(errno);
  const known = getSystemErrorMap().get(-number) ?? unknownToNode[number];
  if (known) return known;
  const [name] = Object.entries(constants.errno).find(([, value]) => value === number) ?? [];
  return [name ?? `E${number}`, `system error ${number}`];
}

const UNNAMED = /Unknown system error -?(\d+)/;

/** Replaces Node's text for an unknown system error by the error's name. */
export const nameErrors = (code: string): string =>
  code.replace(UNNAMED, (_, number: string) => describeErrno(Number(number))[0]);

/** Replaces Node's text for an unknown system error by the error's name and description. */
export const explainErrors = (message: string): string =>
  message
    .replace(UNNAMED, (_, number: string) => describeErrno(Number(number))[0])
    .replace(UNNAMED, (_, number: string) => describeErrno(Number(number))[1]);
