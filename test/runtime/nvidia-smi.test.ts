import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSmiLine, querySmi, smiBytes, smiNumber, smiText } from '../../src/runtime/nvidia-smi.ts';
import { a100, fakeNvidiaSmi, h100 } from '../support/fake-nvidia-smi.ts';
import { temporaryFolder } from '../support/training.ts';

describe('a field of nvidia-smi', () => {
  it.each([
    ['123.45', 123.45],
    [' 70.00 ', 70],
    ['0.00', 0],
    ['[N/A]', null],
    ['[Not Supported]', null],
    ['[Unknown Error]', null],
    ['[GPU is lost]', null],
    ['ERR!', null],
    ['-5', null],
    ['Infinity', null],
    ['', null],
  ])('"%s" as a number', (line, number) => {
    expect(smiNumber(line)).toBe(number);
  });

  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]', 'N/A', '', '-1'])('a memory of %s is unknown', (memory) => {
    expect(smiBytes(memory)).toBeNull();
  });

  it('has a memory in MiB', () => {
    expect(smiBytes('81559')).toBe(81559 * 1024 * 1024);
  });

  it('is null as text if it is unknown', () => {
    expect(smiText(' Tesla T4 ')).toBe('Tesla T4');
    expect(smiText('[GPU is lost]')).toBeNull();
  });
});

it('a line with another number of fields is no row', () => {
  expect(parseSmiLine('Tesla T4, 15360', ['name', 'memory'])).toEqual({ name: 'Tesla T4', memory: '15360' });
  expect(parseSmiLine('No devices were found', ['name', 'memory'])).toBeUndefined();
});

describe('querySmi', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('returns a row for each card', () => {
    const folder = temporaryFolder();
    vi.stubEnv('PATH', fakeNvidiaSmi(folder.path, [h100, a100]));
    expect(querySmi('gpu', ['index', 'compute_cap'])).toEqual({
      rows: [
        { index: '0', compute_cap: '9.0' },
        { index: '1', compute_cap: '8.0' },
      ],
    });
    expect(querySmi('gpu', ['no.such.field'])).toEqual({
      reason: expect.stringContaining('nvidia-smi failed: ') as unknown,
    });
    folder.remove();
  });

  it('says why there are no rows without a driver', () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(querySmi('gpu', ['index'])).toEqual({ reason: 'no NVIDIA driver (nvidia-smi was not found)' });
  });
});
