// The watcher as a whole, between a stand-in for the Kubernetes client and a fake engine.
import { pino } from 'pino';
import {
  createEchoes,
  startWatcher,
  temporalTrouble,
  type Engine,
  type Watcher,
  type WatcherOptions,
} from '../../../src/watcher/index.ts';
import type { ChangedObject } from '../../../workflows/messages.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { createKubeStandIn, type KubeStandIn } from './kube-stand-in.ts';
import { child, dittoServer, grpcError, ready } from './objects.ts';

interface Sent {
  readonly key: string;
  readonly objects: readonly ChangedObject[];
  readonly atMs: number;
}

let cluster: KubeStandIn;
let watcher: Watcher | undefined;
let sent: Sent[];
let ensured: string[];
let logged: string[];
let counted: Map<string, number>;

beforeEach(() => {
  cluster = createKubeStandIn();
  sent = [];
  ensured = [];
  logged = [];
  counted = new Map();
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
});

const engine: Engine = {
  nudge(target, nudge) {
    sent.push({ key: `${target.namespace}/${target.name}`, objects: nudge.objects, atMs: Date.now() });
    return Promise.resolve();
  },
  ensure(target) {
    ensured.push(`${target.namespace}/${target.name}`);
    return Promise.resolve();
  },
  inspect: () => Promise.resolve(undefined),
  terminate: () => Promise.resolve(),
  workers: () => Promise.resolve({ polling: true, backlog: 0 }),
  running: () => Promise.resolve([]),
};

function start(more: Partial<WatcherOptions> = {}): Watcher {
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const counters = { count: (name: string) => void counted.set(name, (counted.get(name) ?? 0) + 1) };
  const options: WatcherOptions = {
    kube: cluster.kube,
    engine,
    trouble: (error) => temporalTrouble(error, { address: 'temporal:7233', namespace: 'default' }),
    namespaces: [],
    cluster: 'c1',
    installation: 'i1',
    log,
    counters,
    listWatch: { maxBackOffMs: 50 },
  };
  watcher = startWatcher({ ...options, ...more });
  return watcher;
}

function soon<T>(what: string, look: () => T) {
  return waitFor(what, look, { timeoutMs: 5_000, everyMs: 5 });
}

/** Watches one DittoServer, with the nudges of the start out of the way. */
async function watching(more: Partial<WatcherOptions> = {}): Promise<void> {
  cluster.put(dittoServer('files'));
  start(more);
  await soon(
    'first nudge',
    () => sent.length > 0 && watcher?.stats().due === 0 && watcher.ready().reasons.length === 0,
  );
  sent.length = 0;
}

const nudgesOf = (key: string): readonly ChangedObject[][] =>
  sent.filter((s) => s.key === key).map((s) => [...s.objects]);

/** From the first to the last nudge. */
const elapsedMs = (): number => (sent.at(-1)?.atMs ?? Infinity) - (sent[0]?.atMs ?? 0);

describe('at the start', () => {
  test('deleting, new and not-Ready DittoServers go first, the rest at twenty per second', async () => {
    for (let i = 0; i < 10; i += 1) cluster.put(dittoServer(`settled-${i}`, { status: ready }));
    cluster.put(dittoServer('deleting', { status: ready }, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    cluster.put(dittoServer('new'));
    cluster.put(dittoServer('changed', { status: ready }, { generation: 2 }));
    const began = Date.now();
    start();
    await soon('all of them', () => sent.length >= 13);
    expect(
      sent
        .slice(0, 3)
        .map((s) => s.key)
        .sort(),
    ).toEqual(['ns/changed', 'ns/deleting', 'ns/new']);
    expect((sent.at(-1)?.atMs ?? 0) - began).toBeGreaterThanOrEqual(450);
    expect(sent.every((s) => s.objects.length === 0)).toBe(true);
  });

  test('what is there already of other kinds wakes each DittoServer once', async () => {
    for (let i = 0; i < 5; i += 1) cluster.put(dittoServer(`s${i}`, { status: ready }));
    for (let i = 0; i < 5; i += 1)
      cluster.put({
        ...child('v1', 'Secret', `s${i}-jwt-secret`),
        metadata: { name: `s${i}-jwt-secret`, namespace: 'ns' },
      });
    start();
    await soon('all', () => sent.length >= 5 && watcher?.stats().due === 0);
    expect(sent).toHaveLength(5);
  });

  test('is ready when the DittoServers are listed, and says what else is not there', async () => {
    cluster.fail('PerconaPGCluster', 'api-absent');
    const w = start();
    expect(w.ready().ready).toBe(false);
    expect(w.ready().reasons).toContain('DittoServers are not listed yet');
    await soon('ready', () => w.ready().ready);
    await soon('told', () => w.ready().reasons.length === 1);
    expect(w.ready().reasons[0]).toBe(
      'PerconaPGClusters: The API server does not serve PerconaPGCluster (pgv2.percona.com/v2)',
    );
    expect(logged.some((line) => line.includes('PerconaPGClusters cannot be watched'))).toBe(true);
  });

  test('a forbidden namespace does not keep the others from being served (W4)', async () => {
    cluster.put(dittoServer('files', {}, { namespace: 'a' }));
    cluster.put(dittoServer('files', {}, { namespace: 'b' }));
    cluster.fail('DittoServer', 'forbidden', 'b');
    const w = start({ namespaces: ['a', 'b'] });
    await soon('ready', () => w.ready().ready);
    expect(w.ready().reasons).toEqual([expect.stringContaining('DittoServers in b: ')]);
    expect(sent.map((s) => s.key)).toEqual(['a/files']);
    cluster.mend('DittoServer');
    await soon('served', () => sent.some((s) => s.key === 'b/files'));
    expect(w.ready().reasons).toEqual([]);
  });
});

describe('what wakes a DittoServer', () => {
  test('its own creation, change and deletion', async () => {
    await watching();
    const created = cluster.put(dittoServer('second'));
    await soon('created', () => nudgesOf('ns/second').length === 1);
    expect(nudgesOf('ns/second')[0]).toEqual([
      { uid: created.metadata.uid, version: created.metadata.resourceVersion },
    ]);
    cluster.put(dittoServer('second', {}, { generation: 2 }));
    await soon('changed at once', () => nudgesOf('ns/second').length === 2);
    cluster.put(dittoServer('second', {}, { generation: 2, annotations: { 'dittofs.io/paused': 'true' } }));
    await soon('paused at once', () => nudgesOf('ns/second').length === 3);
    cluster.remove(dittoServer('second'));
    await soon('deleted', () => nudgesOf('ns/second').length === 4);
    expect(nudgesOf('ns/second')[3]).toEqual([{ uid: created.metadata.uid, version: 'gone' }]);
    expect(elapsedMs()).toBeLessThan(240);
  });

  test('its parts, when they are created, changed or deleted', async () => {
    await watching();
    const databaseLabels = { 'postgres-operator.crunchydata.com/cluster': 'files-postgres' };
    const parts = [
      child('apps/v1', 'StatefulSet', 'files'),
      child('v1', 'Pod', 'files-0'),
      child('v1', 'Service', 'files-adapter-nfs'),
      child('v1', 'ConfigMap', 'files-config'),
      child('v1', 'PersistentVolumeClaim', 'metadata-files-0'),
      child('v1', 'Secret', 'files-postgres-pguser-dittofs'),
      child('pgv2.percona.com/v2', 'PerconaPGCluster', 'files-postgres'),
      { ...child('v1', 'Pod', 'x'), metadata: { name: 'x', namespace: 'ns', labels: databaseLabels } },
    ];
    const told = (): Record<string, string> =>
      Object.fromEntries(sent.flatMap((s) => s.objects.map((o) => [o.uid, o.version])));
    const created = parts.map((part) => cluster.put(part).metadata);
    await soon('created', () => Object.keys(told()).length === 8);
    expect(told()).toEqual(Object.fromEntries(created.map((m) => [m.uid, m.resourceVersion])));
    const changed = parts.map((part) => cluster.put({ ...part, changed: true }).metadata);
    await soon('changed', () => changed.every((m) => told()[m.uid] === m.resourceVersion));
    for (const part of parts) cluster.remove(part);
    await soon('deleted', () => Object.values(told()).every((version) => version === 'gone'));
    expect(new Set(sent.map((s) => s.key))).toEqual(new Set(['ns/files']));
  });

  test('a change of the state of its database goes at once', async () => {
    await watching();
    const database = (state: string) =>
      child('pgv2.percona.com/v2', 'PerconaPGCluster', 'files-postgres', { status: { state } });
    cluster.put(database('initializing'));
    await soon('created', () => sent.length === 1);
    cluster.put(database('ready'));
    await soon('ready', () => sent.length === 2);
    expect(elapsedMs()).toBeLessThan(200);
  });

  test('a warning about its parts, once; not a repeated one, not our own, not one about others', async () => {
    await watching();
    const event = (name: string, about: object, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Event',
      type: 'Warning',
      metadata: { name, namespace: 'ns' },
      involvedObject: { namespace: 'ns', ...about },
      ...more,
    });
    cluster.put(event('own', { kind: 'DittoServer', name: 'files' }));
    cluster.put(event('foreign', { kind: 'Pod', name: 'other-0' }));
    cluster.put(event('again', { kind: 'Pod', name: 'files-0' }, { count: 7 }));
    cluster.put(event('normal', { kind: 'Pod', name: 'files-0' }, { type: 'Normal' }));
    cluster.put(event('pod', { kind: 'Pod', name: 'files-0' }));
    await soon('pod', () => sent.length === 1);
    cluster.put(event('database', { kind: 'Pod', name: 'files-postgres-instance1-abcd-0' }));
    cluster.put(event('inner', { kind: 'PostgresCluster', name: 'files-postgres' }));
    await soon('database', () => sent.length === 2);
    expect(sent.map((s) => s.objects.map((o) => o.uid))).toEqual([
      ['uid-Event-pod'],
      ['uid-Event-database', 'uid-Event-inner'],
    ]);
  });

  test('nothing but the condition of the watcher itself: that event wakes nobody, and hides no other change', async () => {
    await watching();
    const condition = { type: 'EngineReachable', status: 'False', reason: 'EngineUnreachable', message: 'm' };
    const queued = { type: 'Ready', status: 'Unknown', reason: 'Queued', message: 'm' };
    cluster.put(dittoServer('files', { status: { conditions: [queued] } }));
    await soon('status', () => sent.length === 1);
    cluster.put(dittoServer('files', { status: { conditions: [queued, condition] } }, { managedFields: [] }));
    await soon('the echo is dropped', () => counted.get('echoes') === 1);
    cluster.put(dittoServer('files', { status: { conditions: [queued] } }));
    await soon('the second one, too', () => counted.get('echoes') === 2);
    expect(sent).toHaveLength(1);
    // Somebody else's edit that comes in one event with ours.
    cluster.put(dittoServer('files', { status: { phase: 'Running', conditions: [queued, condition] } }));
    await soon('an edit of status', () => sent.length === 2);
    cluster.put(
      dittoServer('files', { status: { phase: 'Running', conditions: [queued] } }, { labels: { team: 'a' } }),
    );
    await soon('a label', () => sent.length === 3);
    expect(counted.get('echoes')).toBe(2);
  });

  test('what the worker does in an activity, when it has ended, if its verdict does not know it', async () => {
    const echoes = createEchoes();
    const target = { cluster: 'c1', installation: 'i1', namespace: 'ns', name: 'files' };
    await watching({ echoes });
    echoes.begin(target);
    cluster.put(dittoServer('files', { status: { phase: 'Running' } }));
    await soon('its turn came, and it is held back', () => (watcher?.stats().oldestDueMs ?? 0) > 20);
    const endedMs = Date.now();
    echoes.note(target, { another: '1' });
    await soon('it is told', () => sent.length === 1);
    expect((sent[0]?.atMs ?? 0) - endedMs).toBeLessThan(2_000);
  });

  test("Percona's API appears, and goes away again", async () => {
    cluster.fail('PerconaPGCluster', 'api-absent');
    cluster.put(dittoServer('files'));
    cluster.put(dittoServer('sqlite', { spec: {} }));
    start();
    await soon('first nudges', () => sent.length >= 2 && watcher?.stats().due === 0);
    sent.length = 0;
    cluster.mend('PerconaPGCluster');
    await soon('appeared', () => sent.length === 1);
    cluster.fail('PerconaPGCluster', 'api-absent');
    await soon('went away', () => sent.length === 2);
    expect(sent.map((s) => [s.key, s.objects])).toEqual([
      ['ns/files', []],
      ['ns/files', []],
    ]);
  });

  test.each([
    ['DittoServers can be watched again, since its last look may have failed', 'DittoServer', 'told'],
    [
      'a list shows none of its Services: made and deleted between two lists, they were told by neither',
      'Service',
      'any',
    ],
  ])('%s', async (_, kind, how) => {
    await watching();
    cluster.fail(kind, 'forbidden');
    await soon('unreadable', () => watcher?.ready().reasons.length === 1);
    cluster.mend(kind);
    await soon('nudged', () => sent.length === 1);
    expect(nudgesOf('ns/files')[0]).toHaveLength(how === 'told' ? 1 : 0);
  });

  test('nothing that concerns nobody', async () => {
    await watching();
    cluster.put({ ...child('v1', 'Secret', 'foreign'), metadata: { name: 'foreign', namespace: 'ns' } });
    cluster.put({
      ...child('v1', 'Pod', 'web-0'),
      metadata: { name: 'web-0', namespace: 'ns', labels: { app: 'web', instance: 'files' } },
    });
    cluster.put(dittoServer('marker'));
    await soon('marker', () => sent.length > 0);
    expect(sent.map((s) => s.key)).toEqual(['ns/marker']);
  });
});

test('the audit starts each workflow that is not there, in turn, and leaves out who is deleted', async () => {
  for (let i = 0; i < 5; i += 1) cluster.put(dittoServer(`s${i}`));
  start({ auditIntervalMs: 500 });
  await soon('a round', () => ensured.length >= 5);
  expect(new Set(ensured)).toEqual(new Set(['ns/s0', 'ns/s1', 'ns/s2', 'ns/s3', 'ns/s4']));
  cluster.remove(dittoServer('s0'));
  await soon('rest of the round', () => ensured.length >= 10);
  ensured.length = 0;
  await soon('another round', () => ensured.length >= 4);
  expect(ensured).not.toContain('ns/s0');
});

describe('with a Lease', () => {
  const lease = (held: () => boolean) => ({
    holds: held,
    reason: () => (held() ? undefined : 'left to somebody else'),
    stop: () => Promise.resolve(void stops.push('lease')),
  });
  let stops: string[];
  beforeEach(() => {
    stops = [];
  });

  test('that somebody else holds it watches and nudges, audits nothing, is ready and says so', async () => {
    cluster.put(dittoServer('files'));
    let held = false;
    const w = start({ auditIntervalMs: 50, lease: lease(() => held) });
    await soon('nudged', () => sent.length === 1);
    await soon('ready', () => w.ready().ready);
    expect(w.ready().reasons).toEqual(['left to somebody else']);
    // A change of status waits a quarter of a second, in which the audit would have come by.
    cluster.put(dittoServer('files', { status: ready }));
    await soon('nudged again', () => sent.length === 2);
    expect(ensured).toEqual([]);
    held = true;
    await soon('audited', () => ensured.length > 1);
    held = false;
    const before = ensured.length;
    cluster.put(dittoServer('marker'));
    await soon('nudged', () => sent.length === 3);
    expect(ensured.length).toBeLessThanOrEqual(before + 1);
    await w.stop();
    expect(stops).toEqual(['lease']);
  });
});

test('who was deleted while nobody watched is nudged after the first list, in the namespaces that are served', async () => {
  cluster.put(dittoServer('files'));
  let asked = 0;
  const running: Engine['running'] = (installation) => {
    asked += 1;
    if (asked === 1) return Promise.reject(new Error('Temporal is away'));
    expect(installation).toEqual({ cluster: 'c1', installation: 'i1' });
    return Promise.resolve([
      { namespace: 'ns', name: 'files' },
      { namespace: 'ns', name: 'deleted' },
      { namespace: 'other', name: 'unserved' },
    ]);
  };
  start({ engine: { ...engine, running }, namespaces: ['ns'] });
  await soon('the nudge', () => sent.some(({ key }) => key === 'ns/deleted'));
  expect(sent.map(({ key, objects }) => [key, objects])).toEqual([
    ['ns/files', []],
    ['ns/deleted', []],
  ]);
});

test('a nudge that Temporal refuses is counted, logged without its texts, and sent again', async () => {
  let refusals = 2;
  const refusing: Engine = {
    ...engine,
    nudge(target, nudge) {
      if (refusals-- > 0) return Promise.reject(grpcError(8, 'hunter2'));
      return engine.nudge(target, nudge);
    },
  };
  cluster.put(dittoServer('files'));
  start({ engine: refusing });
  await soon('sent', () => sent.length === 1);
  expect(counted.get('nudges_refused')).toBe(2);
  expect(counted.get('nudges')).toBe(1);
  expect(logged.join()).toContain('RESOURCE_EXHAUSTED');
  expect(logged.join()).not.toContain('hunter2');
});
