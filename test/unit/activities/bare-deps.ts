// What activities need, for tests in which only the Kubernetes client matters.
import { createSlots, type Deps } from '../../../activities/index.ts';
import { createSessions, dittoFsOver } from '../../../src/dittofs/index.ts';
import type { Kube } from '../../../src/kube/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { createDittoFsStandIn, transportTo } from '../../kit/dittofs-stand-in.ts';

export const TARGET = { cluster: 'c1', installation: 'main', namespace: 'prod', name: 'files' } as const;

/** `get` is all that the client can do. */
export function bareDeps(get: () => Promise<unknown>, more: Partial<Deps> = {}): Deps {
  return {
    kube: { get } as unknown as Kube,
    record: () => Promise.resolve(true),
    self: TARGET,
    settings: DEFAULT_SETTINGS,
    clusterDomain: 'cluster.local',
    dittofs: dittoFsOver(transportTo(createDittoFsStandIn())),
    sessions: createSessions(),
    tryLogin: () => Promise.resolve({ outcome: 'accepted' }),
    slots: createSlots(),
    now: Date.now,
    randomBytes: (size) => new Uint8Array(size),
    decorated: () => false,
    log: { info: () => undefined, warn: () => undefined },
    ...more,
  };
}
