// Workflows without search attributes are asked to look once the attributes are there.
import { nudgeUndecorated, type Engine } from '../../../src/watcher/index.ts';

test('each workflow without attributes is nudged, with no versions, so that it looks whatever it knows', async () => {
  const installation = { cluster: 'c1', installation: 'i1' };
  const nudged: unknown[] = [];
  const engine: Engine = {
    nudge(target, nudge) {
      nudged.push([target, nudge]);
      return Promise.resolve();
    },
    ensure: () => Promise.resolve(),
    inspect: () => Promise.resolve(undefined),
    terminate: () => Promise.resolve(),
    workers: () => Promise.resolve({ polling: true, backlog: 0 }),
    running: (of, which) =>
      Promise.resolve(which?.undecorated && of === installation ? [{ namespace: 'ns', name: 'files' }] : []),
  };
  await nudgeUndecorated(engine, installation, new AbortController().signal);
  expect(nudged).toEqual([[{ ...installation, namespace: 'ns', name: 'files' }, { objects: [] }]]);
});
