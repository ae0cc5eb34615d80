// Which servers are asked: those that serve, and of whose specification we can make sense.
import type { DittoServer } from '../../../src/api/generated/ditto-server.ts';
import type { Stored } from '../../../src/api/kubernetes.ts';
import { createSessions, dittoFsOver } from '../../../src/dittofs/index.ts';
import type { Kube } from '../../../src/kube/index.ts';
import { createProbedServers, type ProbedServers } from '../../../src/watcher/probe.ts';
import { createDittoFsStandIn, transportTo } from '../../kit/dittofs-stand-in.ts';

const SPEC = { storage: { metadataSize: '1Gi', contentSize: '1Gi' } };
const AVAILABLE = { type: 'Available', status: 'True', reason: 'PodsReady' };
const READY = { type: 'Ready', status: 'True', reason: 'AllConditionsMet' };

/** As the API server may hand it out: anything can be in spec and status. */
function stored(spec: unknown, conditions: unknown = [AVAILABLE], generation = 1): Stored<DittoServer> {
  const metadata = { namespace: 'prod', name: 'files', uid: 'u1', resourceVersion: '1', generation };
  return { apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer', metadata, spec, status: { conditions } } as unknown as Stored<DittoServer>; // prettier-ignore
}

const probed = (): ProbedServers =>
  createProbedServers({
    kube: {} as unknown as Kube,
    dittofs: dittoFsOver(transportTo(createDittoFsStandIn())),
    sessions: createSessions(),
    clusterDomain: 'cluster.local',
  });

test('a server that serves is asked at the pace of its specification, and no more once it stops', () => {
  const servers = probed();
  servers.put(stored({ ...SPEC, adapterDiscovery: { pollingInterval: '5s' } }));
  expect(servers.all()).toMatchObject([{ key: 'prod/files', intervalMs: 5_000, settled: false }]);
  servers.put(stored(SPEC, [AVAILABLE, READY], 2));
  expect(servers.all()).toMatchObject([{ intervalMs: 30_000, settled: true }]);
  servers.put(stored(SPEC, [{ ...AVAILABLE, status: 'False' }], 2));
  expect(servers.all()).toEqual([]);
});

test.each([
  ['a specification that is a list', [], [AVAILABLE]],
  ['a block of a wrong type', { ...SPEC, adapterDiscovery: 7 }, [AVAILABLE]],
  ['a polling interval that is a number', { ...SPEC, adapterDiscovery: { pollingInterval: 5 } }, [AVAILABLE]],
  ['snapshot policies of a wrong type', { ...SPEC, snapshotPolicies: 'none' }, [AVAILABLE]],
  ['conditions that are null', SPEC, null],
  ['a condition that is null', SPEC, [null]],
])('%s is no reason to fail, and not asked (V4)', (_, spec, conditions) => {
  const servers = probed();
  servers.put(stored(SPEC));
  expect(() => servers.put(stored(spec, conditions, 2))).not.toThrow();
  expect(servers.all()).toEqual([]);
});
