import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { record } from '../../src/trace/record.ts';
import { GraphSession } from '../../src/trace/session.ts';
import { add, multiply, op, scalar, T } from '../../src/nn/raw.ts';
import type { Results } from '../../src/nn/inputs.ts';
import { DataType } from '../../src/runtime/types.ts';

const SIZE = 4;

/** `state` becomes state * 2 + x; the output is the state before. */
const doubling = record((inputs): Results => {
  const state = inputs.variable('state', [SIZE], DataType.float);
  const x = inputs.feed('x', [SIZE], DataType.float);
  return {
    outputs: new Map([['before', multiply(state, scalar(1))]]),
    updates: new Map([['state', add(multiply(state, scalar(2)), x)]]),
  };
});
/** A call of 14 billion FLOPs, long enough that JavaScript runs meanwhile. */
const slow = record((inputs): Results => {
  const size = [1200, 1200];
  const matrix = inputs.feed('matrix', size, DataType.float);
  const attributes = [T, ...['transpose_a', 'transpose_b'].map((name) => ({ name, type: 3, value: false }))];
  let product = matrix;
  for (let i = 0; i < 4; i++) product = op('MatMul', attributes, [product, matrix]);
  return { outputs: new Map([['product', product]]), updates: new Map() };
});
const matrix = new Float32Array(1200 * 1200);

let session: GraphSession;
const open = (options = {}): GraphSession => {
  session = new GraphSession(
    new Map([
      ['double', doubling],
      ['slow', slow],
    ]),
    options,
  );
  session.assign(new Map([['state', new Float32Array(SIZE)]]));
  return session;
};
afterEach(() => {
  session.close();
});

const x = (value: number): { x: Float32Array } => ({ x: new Float32Array(SIZE).fill(value) });
const stateOf = (): number => session.read().get('state')![0]!;

describe('a session', () => {
  it('runs calls in the order in which they were started', async () => {
    open();
    const started = [1, 2, 3].map((value) => session.stage('double', x(value))());
    // ((1 * 2) + 2) * 2 + 3
    expect(session.call('double', x(4)).get('before')![0]).toBe(11);
    expect(stateOf()).toBe(26);
    const results = await Promise.all(started);
    expect(results.map((result) => result.get('before')![0])).toEqual([0, 1, 4]);
  });

  it('copies the feeds of a call when it is started, so that the arrays can be reused', async () => {
    open();
    const waiting = session.stage('slow', { matrix })();
    const feeds = x(5);
    const started = session.stage('double', feeds)();
    feeds.x.fill(77);
    await Promise.all([waiting, started]);
    expect(stateOf()).toBe(5);
  });

  it('updates the variables without fetching an output', async () => {
    open();
    expect((await session.stage('double', x(3), false)()).size).toBe(0);
    expect(stateOf()).toBe(3);
  });

  it('starts a staged call once', async () => {
    open();
    const start = session.stage('double', x(1));
    expect(stateOf()).toBe(0);
    await start();
    await expect(start()).rejects.toThrow('only once');
    expect(stateOf()).toBe(1);
  });

  it('lets JavaScript continue while it computes', async () => {
    open();
    session.call('slow', { matrix });
    const ended: string[] = [];
    const started = session
      .stage('slow', { matrix })()
      .then(() => ended.push('slow'));
    let turns = 0;
    while (ended.length === 0) {
      await nextTurn();
      turns += 1;
    }
    await started;
    // A call that blocks JavaScript ends within one or two turns.
    expect(turns).toBeGreaterThan(10);
  });

  it('rejects waiting calls when it is closed, and refuses later ones', async () => {
    open();
    const running = session.stage('slow', { matrix })();
    const waiting = [session.stage('double', x(1))(), session.stage('double', x(2))()];
    const ends = Promise.allSettled([running, ...waiting]);
    session.close();
    const [, ...others] = await ends;
    expect(others.map((end) => end.status === 'rejected' && String(end.reason))).toEqual([
      'Error: the session was closed before this call',
      'Error: the session was closed before this call',
    ]);
    expect(() => session.call('double', x(1))).toThrow('the session is closed');
  });

  it.each([
    ['too few values', { x: new Float32Array(SIZE - 1) }, /double\/x has 12 bytes .* expected 16 bytes/],
    ['another type', { x: new Int32Array(SIZE) }, /another type/],
    ['nothing', {}, /needs the feed x/],
  ])('refuses a feed with %s', (_, feeds, message) => {
    open();
    expect(() => session.call('double', feeds as never)).toThrow(message);
    expect(() => session.stage('double', feeds as never)).toThrow(message);
    expect(stateOf()).toBe(0);
  });

  it('gives the same result with other threads and passes of the graph optimizer', () => {
    open({ threads: 2, interOpThreads: 1, graphPasses: { remapping: false, constantFolding: false, layout: true } });
    session.call('double', x(3));
    expect(stateOf()).toBe(3);
  });

  it('refuses options that TensorFlow cannot read', () => {
    open();
    expect(() => open({ threads: -1 })).toThrow();
  });
});
