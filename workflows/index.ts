// The workflows of the worker: what the bundle exports.
export { dittoServer } from './ditto-server.ts';
export { templateRollout } from './template-rollout.ts';
