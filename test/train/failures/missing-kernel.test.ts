import { expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { explainMissingKernel } from '../../../src/train/failures/missing-kernel.ts';

const message = (type: string): Error =>
  new Error(
    `No OpKernel was registered to support Op 'Erfinv' used by {{node train/57}} with these attrs: [T=${type}]`,
  );

it('a missing kernel is one line that names the op and how to fix it', () => {
  const error = explainMissingKernel(message('DT_BFLOAT16'), 'bfloat16') as UserError;
  expect(error).toBeInstanceOf(UserError);
  expect(error.exitCode).toBe(78);
  expect(error.message).toContain(
    'TensorFlow has no kernel for the op Erfinv with these types and recipe.precision bfloat16: set recipe.precision to float32',
  );
  const inFloat32 = explainMissingKernel(message('DT_FLOAT'), 'bfloat16') as UserError;
  expect(inFloat32.message).toContain('use another op, or another build of TensorFlow');
});

it('any other error is unchanged', () => {
  const other = new Error('disk full');
  expect(explainMissingKernel(other, 'bfloat16')).toBe(other);
});

it('a grouped convolution without oneDNN is one line with how to fix it', () => {
  const error = new Error(
    "Gradients for grouped convolutions are not supported on CPU. Please file a feature request if you run into this issue. Computed input depth 8 doesn't match filter input depth 2\n\t [[{{node train/27}}]]",
  );
  const explained = explainMissingKernel(error, 'float32') as UserError;
  expect([explained.exitCode, explained.message]).toEqual([
    69,
    expect.stringMatching(
      /^TensorFlow has no kernel for the gradient of a grouped convolution without oneDNN: set mode to graph/,
    ),
  ]);
});
