// The Kubernetes client: get, list, create, apply, patch and delete with one error table, list-and-watch, and events.
export { connect, FIELD_MANAGER } from './client.ts';
export { KubeError, type Cause, type KubeErrorKind, type Verb } from './errors.ts';
export { loadKubeConfig, ownNamespace } from './kube-config.ts';
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  GetOptions,
  JsonPatchOp,
  Kube,
  ListOptions,
  ObjectList,
  PatchOptions,
  Preconditions,
  WriteOptions,
} from './kube.ts';
export { isOlder, type Gone } from './known.ts';
export {
  listWatch,
  type ListWatch,
  type ListWatchOptions,
  type ListWatchState,
  type RelistReason,
  type WatchSink,
  type WatchSource,
  type WatchTrouble,
} from './list-watch.ts';
export { describeObject, type KindRef } from './paths.ts';
export { recorder, type EventToRecord, type Recorder, type Regarding } from './recorder.ts';
export type { WatchEvent, WatchOptions } from './watch.ts';
