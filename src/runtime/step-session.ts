import { ExitCode, UserError } from '../base/errors.ts';
import { setUpCommand } from '../base/files/home.ts';
import { loadNativeModule, nativeModuleFile } from './native-module.ts';

declare const handle: unique symbol;
declare const staged: unique symbol;
/** An open session of the native addon. */
export type SessionHandle = { readonly [handle]: true };
/** A call whose feeds have been copied. */
export type StagedHandle = { readonly [staged]: true };
export type FeedValues = Float32Array | Int32Array | Uint8Array;

/** The addon of scripts/setup/native/step-session.cc. Its errors contain TensorFlow's message. */
export interface StepSessionAddon {
  /** Opens a session. `graph`: a GraphDef; `config`: a ConfigProto; both as bytes. */
  open(graph: Uint8Array, config: Uint8Array): SessionHandle;
  /** Prepares a call by the names of the nodes to feed, to fetch, and to execute without fetching. Returns the number of the call. */
  prepare(
    session: SessionHandle,
    feeds: readonly string[],
    fetches: readonly string[],
    targets: readonly string[],
  ): number;
  /** Copies the feeds, and executes a call on this thread, after the calls that were started before. */
  run(session: SessionHandle, call: number, feeds: readonly FeedValues[]): FeedValues[];
  /** Copies the feeds of a call to tensors in the memory of the host, also if a GPU runs the call. The call can then be started once. */
  stage(session: SessionHandle, call: number, feeds: readonly FeedValues[]): StagedHandle;
  /** Executes a staged call on the session's own thread, in the order of the starts. */
  start(session: SessionHandle, staged: StagedHandle): Promise<FeedValues[]>;
  /** Waits for the running call, rejects the calls after it, and frees the graph with its variables. */
  close(session: SessionHandle): void;
}

let addon: StepSessionAddon | undefined;

/** Loads the addon once. TensorFlow must be loaded before. @throws UserError exit code 69 if set-up has not built it. */
export function stepSessionAddon(): StepSessionAddon {
  addon ??= loadNativeModule('step_session') as StepSessionAddon | undefined;
  if (addon) return addon;
  throw new UserError(
    `the native addon ${nativeModuleFile('step_session')} is missing, because another version was set up: run \`${setUpCommand}\``,
    ExitCode.unavailable,
  );
}
