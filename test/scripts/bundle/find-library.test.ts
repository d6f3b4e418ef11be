import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaParts } from '../../../scripts/bundle/cuda-libraries.ts';
import { findPart, libraryFolders, linkPart } from '../../../scripts/bundle/find-library.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
  const files = {
    cu12: ['libcublas.so.12', 'libcublasLt.so.12'],
    cu13: ['libcublas.so.13', 'libcublasLt.so.13'],
    half: ['libcublas.so.12'],
  };
  for (const [name, names] of Object.entries(files)) {
    mkdirSync(folder.at(name));
    for (const file of names) writeFileSync(folder.at(`${name}/${file}`), '');
  }
});
afterAll(() => {
  folder.remove();
});

const cublas = cudaParts.find(({ name }) => name === 'cublas')!;
const cudart = cudaParts.find(({ name }) => name === 'cudart')!;

describe('findPart', () => {
  it('prefers the libraries of CUDA 12, and takes only folders that have all of a part', () => {
    expect(findPart(cublas, [folder.at('half'), folder.at('cu13'), folder.at('cu12')])).toEqual({
      folder: folder.at('cu12'),
    });
    expect(findPart(cublas, [folder.at('half')])).toBeUndefined();
  });

  it('uses compatible libraries of CUDA 13 instead, and links them under the names of CUDA 12', () => {
    const found = findPart(cublas, [folder.at('cu13')])!;
    expect(found).toEqual({ folder: folder.at('cu13'), instead: ['libcublas.so.13', 'libcublasLt.so.13'] });
    linkPart(cublas, found, folder.at('linked'));
    expect(readlinkSync(folder.at('linked/libcublas.so.12'))).toBe(folder.at('cu13/libcublas.so.13'));
    expect(readlinkSync(folder.at('linked/libcublasLt.so.13'))).toBe(folder.at('cu13/libcublasLt.so.13'));
  });

  it('never replaces the CUDA runtime by another version', () => {
    expect(cudart.instead).toBeUndefined();
    expect(findPart(cudart, [folder.at('cu13')])).toBeUndefined();
  });
});

describe('libraryFolders', () => {
  it('begins with those of LD_LIBRARY_PATH that exist', () => {
    const path = ['/nowhere', folder.at('cu12'), folder.at('half')].join(':');
    expect(libraryFolders({ LD_LIBRARY_PATH: path }).slice(0, 2)).toEqual([folder.at('cu12'), folder.at('half')]);
  });
});
