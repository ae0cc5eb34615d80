// The steps that talk to a server's own API: the account, what becomes of adapters, snapshot policies, and what is told when it goes wrong.
import { PERCONA, running, SQLITE, the } from './running-world.ts';
import type { SmallWorld } from './small-world.ts';

const POLICIES = { ...SQLITE, snapshotPolicies: [{ share: '/export', interval: '1h', keepLast: 3 }] };
const SECRET = 'files-operator-credentials';
const MINUTE_MS = 60_000;

const exists = (world: SmallWorld, kind: string, name: string): boolean => world.kube.find(kind, name) !== undefined;
const writes = ({ kube }: SmallWorld, since: number) => kube.calls.slice(since).filter(({ changed }) => changed);
const callsOf = ({ server }: SmallWorld, part: string): number => server.calls.filter((call) => call.includes(part)).length; // prettier-ignore

describe('the account', () => {
  test('one step makes it, logs in and exposes the adapters; then the DittoServer is ready and nothing more is asked', async () => {
    const world = await running(SQLITE);
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['connectServerApi']);
    expect(verdict.story).toMatchObject({ stage: 'Ready', ready: true });
    expect(world.server.users.get('k8s-operator')).toMatchObject({ role: 'operator' });
    expect(the(world, 'Authenticated')).toMatchObject({ status: 'True', reason: 'AuthenticationSucceeded' });
    const [asked, since] = [world.server.calls.length, world.kube.calls.length];
    for (let i = 0; i < 5; i += 1) {
      world.later(MINUTE_MS);
      expect((await world.pass()).steps).toEqual([]);
    }
    expect(world.server.calls.length).toBe(asked);
    expect(writes(world, since)).toEqual([]);
  });

  test('its Secret has the names of the Go operator, and no token (8.18)', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const data = world.kube.find('Secret', SECRET)?.['data'] as Record<string, string>;
    expect(Object.keys(data).sort()).toEqual(['password', 'server-url', 'username']);
    expect(Buffer.from(data['username'] ?? '', 'base64').toString()).toBe('k8s-operator');
  });

  test('a workflow that remembers nothing asks once, and writes nothing', async () => {
    const world = await running(SQLITE);
    await world.pass();
    world.forget();
    const since = world.kube.calls.length;
    await world.pass();
    world.forget();
    expect((await world.pass()).steps).toContain('connectServerApi');
    expect(writes(world, since).filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(callsOf(world, 'POST /api/v1/users')).toBe(1);
  });

  test('a control-plane database that was reset gets the account again, with the same password', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const before = world.kube.find('Secret', SECRET)?.metadata.resourceVersion;
    world.server.reset();
    world.tell('what the prober saw');
    world.later(20 * MINUTE_MS);
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['connectServerApi']);
    expect(verdict.story.ready).toBe(true);
    expect(world.server.users.has('k8s-operator')).toBe(true);
    expect(world.kube.find('Secret', SECRET)?.metadata.resourceVersion).toBe(before);
  });

  test('an account whose password somebody changed is set right', async () => {
    const world = await running(SQLITE);
    await world.pass();
    Object.assign(world.server.users.get('k8s-operator') ?? {}, { password: 'somebody-elses' });
    world.tell('refused');
    world.later(20 * MINUTE_MS);
    const { verdict } = await world.pass();
    expect(verdict.story.ready).toBe(true);
    expect(callsOf(world, 'POST /api/v1/users/k8s-operator/password')).toBe(1);
  });

  test('an administrator whose password is not the Secret’s: told with the place of it, and mended by the Secret alone (8.16)', async () => {
    const world = await running(SQLITE);
    world.server.users.set('admin', { username: 'admin', password: 'changed-by-hand', role: 'admin', mustChangePassword: false }); // prettier-ignore
    await world.pass();
    const told = the(world, 'Authenticated');
    expect(told).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
    expect(told?.message).toContain('Secret "files-admin-bootstrap-credentials", key "password"');
    expect((await world.pass()).steps).toEqual([]);
    world.kube.edit('Secret', 'files-admin-bootstrap-credentials', 'kubectl', (draft) => {
      (draft['data'] as Record<string, string>)['password'] = Buffer.from('changed-by-hand').toString('base64');
    });
    // The pod reads the password too: it is rolled first.
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    world.podsRun();
    expect((await world.pass()).steps).toContain('connectServerApi');
    expect(the(world, 'Authenticated')).toMatchObject({ status: 'True' });
  });

  test('the portmapper is switched on once, when the account is made, and left off when somebody switches it off (8.25)', async () => {
    const world = await running(SQLITE);
    await world.pass();
    expect(world.server).toMatchObject({ portmapper: true, portmapperRuns: true });
    world.server.portmapper = false;
    world.tell('something else');
    await world.pass();
    expect(world.server.portmapper).toBe(false);
  });

  test('the NFS adapter is not restarted for the portmapper where there are shares, nor switched on where it is off', async () => {
    const shared = await running(SQLITE);
    shared.server.shares.add('/export');
    await shared.pass();
    expect(shared.server).toMatchObject({ portmapper: true, portmapperRuns: false });
    const off = await running(SQLITE);
    for (const adapter of off.server.adapters) adapter.enabled = adapter.type !== 'nfs';
    await off.pass();
    expect(callsOf(off, 'PUT /api/v1/adapters')).toBe(0);
    expect(the(off, 'Ready')).toMatchObject({ status: 'True' });
  });

  test('a restart of the adapter that was cut off half-way is brought to its end', async () => {
    const world = await running(SQLITE);
    world.server.portmapper = true;
    for (const adapter of world.server.adapters) adapter.enabled = adapter.type !== 'nfs';
    await world.pass();
    expect(world.server).toMatchObject({ portmapper: true, portmapperRuns: true });
    expect(exists(world, 'Service', 'files-adapter-nfs')).toBe(true);
  });
});

describe('an API that does not answer', () => {
  test('is told with its cause, asked ever less often, and costs no write meanwhile (8.17)', async () => {
    const world = await running(SQLITE);
    world.server.database = 'unreachable';
    await world.pass();
    expect(the(world, 'Authenticated')).toMatchObject({ status: 'False', reason: 'APIUnreachable' });
    const since = world.kube.calls.length;
    const asks: number[] = [];
    for (let minute = 0; minute < 60; minute += 1) {
      world.later(MINUTE_MS);
      if ((await world.pass()).steps.includes('connectServerApi')) asks.push(minute);
    }
    expect(asks.length).toBeLessThan(20);
    expect(asks.length).toBeGreaterThan(8);
    // The one write is that of the passed deadline.
    expect(writes(world, since).length).toBeLessThanOrEqual(1);
  });

  test('a dead database is told although the server answers 200, and told as gone when it is back', async () => {
    const world = await running(PERCONA);
    await world.pass();
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'True' });
    world.server.database = 'unreachable';
    world.tell('dead');
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ ready: false, reason: 'DatabaseUnreachable' });
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseUnreachable' });
    world.server.database = 'reachable';
    world.tell('back');
    expect((await world.pass()).verdict.story.ready).toBe(true);
  });
});

describe('adapters', () => {
  test('each has a Service and a NetworkPolicy, and the pod template knows nothing of them (8.21)', async () => {
    const world = await running(SQLITE);
    const template = JSON.stringify((world.kube.find('StatefulSet', 'files')?.['spec'] as { template: object }).template); // prettier-ignore
    await world.pass();
    for (const type of ['nfs', 'smb']) {
      expect(exists(world, 'Service', `files-adapter-${type}`)).toBe(true);
      expect(exists(world, 'NetworkPolicy', `files-adapter-${type}`)).toBe(true);
    }
    expect(JSON.stringify((world.kube.find('StatefulSet', 'files')?.['spec'] as { template: object }).template)).toBe(template); // prettier-ignore
  });

  test('one that is switched off loses both, one whose port moves keeps its Service, and no pod is touched', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const generation = world.kube.find('StatefulSet', 'files')?.metadata.generation;
    const uid = world.kube.find('Service', 'files-adapter-nfs')?.metadata.uid;
    for (const adapter of world.server.adapters) {
      if (adapter.type === 'smb') adapter.enabled = false;
      else adapter.port = 22049;
    }
    world.tell('changed');
    expect((await world.pass()).steps).toEqual(['connectServerApi']);
    expect(exists(world, 'Service', 'files-adapter-smb')).toBe(false);
    expect(exists(world, 'NetworkPolicy', 'files-adapter-smb')).toBe(false);
    const nfs = world.kube.find('Service', 'files-adapter-nfs');
    expect(nfs?.metadata.uid).toBe(uid);
    expect(JSON.stringify(nfs?.['spec'])).toContain('22049');
    expect(world.kube.find('StatefulSet', 'files')?.metadata.generation).toBe(generation);
    expect((await world.pass()).steps).toEqual([]);
  });

  test('one that is on but does not run is told, keeps what it has, and gets nothing new', async () => {
    const world = await running(SQLITE);
    for (const adapter of world.server.adapters) if (adapter.type === 'smb') adapter.status = 'unknown';
    await world.pass();
    expect(exists(world, 'Service', 'files-adapter-smb')).toBe(false);
    expect(the(world, 'AdaptersExposed')).toMatchObject({ status: 'False', reason: 'AdapterNotHealthy' });
    for (const adapter of world.server.adapters) adapter.status = adapter.type === 'nfs' ? 'unknown' : 'healthy';
    world.tell('other one');
    await world.pass();
    expect(exists(world, 'Service', 'files-adapter-smb')).toBe(true);
    expect(exists(world, 'Service', 'files-adapter-nfs')).toBe(true);
  });

  test('an answer that fails takes no Service away; a lost Service comes back meanwhile', async () => {
    const world = await running(SQLITE);
    await world.pass();
    world.server.database = 'unreachable';
    world.tell('fails');
    await world.pass();
    world.kube.remove('Service', 'files-adapter-nfs');
    expect((await world.pass()).steps).toContain('exposeAdapters');
    expect(exists(world, 'Service', 'files-adapter-nfs')).toBe(true);
    expect(exists(world, 'Service', 'files-adapter-smb')).toBe(true);
  });

  test('a Service of that name that is somebody else’s stays', async () => {
    const world = await running(SQLITE);
    const labels = { app: 'dittofs-server', instance: 'files', 'dittofs.io/adapter-service': 'true' };
    const owner = { apiVersion: 'example.com/v1', kind: 'Shop', name: 'front', uid: 'u-shop', controller: true };
    const metadata = { name: 'files-adapter-nfs', labels, ownerReferences: [owner] };
    world.kube.put({ apiVersion: 'v1', kind: 'Service', metadata }, 'kubectl');
    await world.pass();
    expect(the(world, 'AdaptersExposed')).toMatchObject({ status: 'False', reason: 'ObjectConflict' });
    expect(world.kube.find('Service', 'files-adapter-nfs')?.['spec']).toBeUndefined();
  });

  test('a Service of that name without any label of ours is not ours, and said so, without trying again and again', async () => {
    const world = await running(SQLITE);
    world.kube.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'files-adapter-nfs' } }, 'kubectl');
    expect((await world.pass()).steps).toEqual(['connectServerApi']);
    expect(the(world, 'AdaptersExposed')).toMatchObject({ status: 'False', reason: 'ObjectConflict' });
    expect((await world.pass()).steps).toEqual([]);
    expect(world.kube.find('Service', 'files-adapter-nfs')?.['spec']).toBeUndefined();
    expect(exists(world, 'Service', 'files-adapter-smb')).toBe(true);
  });

  test('a Service of ours that has lost its labels gets them back', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const service = () => world.kube.find('Service', 'files-adapter-nfs');
    const labels = service()?.metadata.labels;
    expect(labels).toMatchObject({ 'dittofs.io/adapter-service': 'true' });
    world.kube.edit('Service', 'files-adapter-nfs', 'kubectl', (draft) => (draft.metadata.labels = {}));
    expect((await world.pass()).steps).toEqual(['exposeAdapters']);
    expect(service()?.metadata.labels).toEqual(labels);
  });

  test('a Service that somebody deleted or edited is put back, each told once; a port that moves is nobody’s doing (W6)', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const told = () => world.events.filter(({ reason }) => reason === 'ChildRepaired').map(({ note }) => note);
    for (const adapter of world.server.adapters) if (adapter.type === 'nfs') adapter.port = 22049;
    world.tell('changed');
    await world.pass();
    expect(told()).toEqual([]);
    world.kube.remove('Service', 'files-adapter-nfs');
    world.kube.edit('Service', 'files-adapter-smb', 'kubectl-edit', (draft) => (draft['spec'] = { type: 'NodePort' }));
    await world.pass();
    await world.pass();
    expect(told().toSorted()).toEqual([
      'Service files-adapter-nfs was deleted by somebody and is made again',
      'Service files-adapter-smb was edited by field manager kubectl-edit; our fields are put back',
    ]);
  });

  test('one that was switched off and comes back was deleted by nobody, also where nothing was learned of the removal', async () => {
    const world = await running(SQLITE);
    await world.pass();
    const switchNfs = async (enabled: boolean): Promise<void> => {
      for (const adapter of world.server.adapters) if (adapter.type === 'nfs') adapter.enabled = enabled;
      world.tell(`nfs ${String(enabled)}`);
      await world.pass();
    };
    // Carried out, and answered by nothing but a failure.
    const mend = world.kube.refuse(({ verb, name }) => verb === 'delete' && name === 'files-adapter-nfs', 500);
    await switchNfs(false);
    mend();
    for (const kind of ['Service', 'NetworkPolicy']) world.kube.remove(kind, 'files-adapter-nfs');
    await world.pass();
    await switchNfs(true);
    expect(exists(world, 'Service', 'files-adapter-nfs')).toBe(true);
    expect(world.events.filter(({ reason }) => reason === 'ChildRepaired')).toEqual([]);
  });

  test('the account is always our own, whatever name somebody puts into its Secret', async () => {
    const world = await running(SQLITE);
    await world.pass();
    world.kube.edit('Secret', 'files-operator-credentials', 'kubectl', (draft) => {
      draft['data'] = { ...(draft['data'] as object), username: Buffer.from('admin').toString('base64') };
    });
    await world.pass();
    expect(world.server.users.get('admin')).toMatchObject({ role: 'admin' });
    expect(the(world, 'Authenticated')).toMatchObject({ status: 'True' });
  });

  test('scaled to zero nothing is asked, and the DittoServer is ready without', async () => {
    const world = await running(SQLITE);
    await world.pass();
    world.edit((spec) => (spec['replicas'] = 0));
    await world.pass();
    world.podsRun();
    const { verdict } = await world.pass();
    expect(verdict.story.ready).toBe(true);
    expect(the(world, 'Authenticated')).toBeUndefined();
  });
});

describe('snapshot policies', () => {
  test('are set once, by an account that is an administrator for as long as there are any (8.25)', async () => {
    const world = await running(POLICIES);
    world.server.shares.add('/export');
    expect((await world.pass()).steps).toEqual(['connectServerApi', 'applySnapshotPolicies']);
    expect(world.server.policies.get('/export')).toMatchObject({ interval: '1h0m0s', keep_last: 3 });
    expect(world.server.users.get('k8s-operator')).toMatchObject({ role: 'admin' });
    expect(the(world, 'SnapshotsScheduled')).toMatchObject({ status: 'True' });
    expect((await world.pass()).steps).toEqual([]);
    world.edit((spec) => delete spec['snapshotPolicies']);
    expect((await world.pass()).steps).toContain('connectServerApi');
    expect(world.server.users.get('k8s-operator')).toMatchObject({ role: 'operator' });
    expect(world.server.policies.has('/export')).toBe(true);
  });

  test('every field of a policy reaches the server', async () => {
    const world = await running({
      ...SQLITE,
      snapshotPolicies: [
        { share: 'export', interval: '6h', keepLast: 2, ttl: '48h', enabled: false, namePrefix: 'auto' },
      ],
    });
    world.server.shares.add('/export');
    await world.pass();
    expect(world.server.policies.get('/export')).toEqual({
      share: '/export',
      interval: '6h0m0s',
      keep_last: 2,
      ttl: '48h0m0s',
      enabled: false,
      name_prefix: 'auto',
    });
  });

  test('the same length in another form is no difference', async () => {
    const world = await running(POLICIES);
    world.server.shares.add('/export');
    await world.pass();
    world.edit((spec) => (spec['snapshotPolicies'] = [{ share: 'export', interval: '@hourly', keepLast: 3 }]));
    expect((await world.pass()).steps).toContain('applySnapshotPolicies');
    expect(callsOf(world, 'PUT /api/v1/shares')).toBe(1);
  });

  test('an edit of them restarts no pod (B-S11)', async () => {
    const world = await running(POLICIES);
    await world.pass();
    const { generation } = world.kube.find('StatefulSet', 'files')?.metadata ?? {};
    world.edit((spec) => (spec['snapshotPolicies'] = [{ share: '/export', interval: '2h' }]));
    await world.pass();
    expect(world.kube.find('StatefulSet', 'files')?.metadata.generation).toBe(generation);
  });

  test('a share that is yet to be made is told, keeps nobody from being ready, and is found later', async () => {
    const world = await running(POLICIES);
    const { verdict } = await world.pass();
    expect(verdict.story.ready).toBe(true);
    expect(the(world, 'Ready')).toMatchObject({ status: 'True', reason: 'ShareMissing' });
    expect(the(world, 'SnapshotsScheduled')).toMatchObject({ status: 'False', reason: 'ShareMissing' });
    world.server.shares.add('/export');
    world.later(5 * MINUTE_MS);
    await world.pass();
    expect(the(world, 'SnapshotsScheduled')).toMatchObject({ status: 'True' });
  });
});
