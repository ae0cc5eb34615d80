// Taking over from the Go operator, on a cluster of its own that looks as if that one had served there: its CRD, its objects, its field
// manager. It is stopped, the provisioner is started on the same DittoServers, and nobody's file server restarts.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import type { ManagedFieldsEntry } from '../../src/api/kubernetes.ts';
import { apiPath } from '../kit/admin.ts';
import { goOperatorStandIn, installGoOperatorCrd, type GoOperatorStandIn } from '../kit/go-operator-stand-in.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { applyProductManifests } from '../kit/product-manifests.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'take-over', own: {}, provisioner: false });

let provisioner: Provisioner | undefined;
afterAll(() => provisioner?.stop());

const FINALIZER = 'dittofs.dittofs.com/finalizer';

/** A DittoServer that the Go operator has served, with what must stay of it. */
interface Served {
  readonly subject: Subject;
  readonly go: GoOperatorStandIn;
}

async function served(name: string, spec: DittoServerSpec): Promise<Served> {
  const subject = stage.subject(name);
  await subject.apply(spec);
  const go = goOperatorStandIn(stage.cluster.admin, subject);
  if (spec.percona?.enabled) {
    await waitFor('the Go operator has made the database', async () => {
      await go.pass();
      return (await subject.postgresCluster()) !== undefined;
    });
    // What whoever upgraded Percona's operator did: the release of today, which wants its images named.
    await stage.cluster.admin.patch(subject.children.postgresCluster, {
      spec: {
        crVersion: '2.9.0',
        image: 'percona/percona-distribution-postgresql:16',
        initContainer: { image: 'percona/percona-postgresql-operator:2.9.0' },
        backups: { pgbackrest: { image: 'percona/percona-pgbackrest:2' } },
      },
    });
  }
  await go.serve();
  return { subject, go };
}

interface Standing {
  readonly pod: string | undefined;
  readonly template: unknown;
  readonly config: unknown;
  readonly hash: string | undefined;
}

async function standing({ subject }: Served): Promise<Standing> {
  const [pod, set, config, server] = await Promise.all([
    subject.pod(),
    subject.statefulSet(),
    stage.cluster.admin.get<KubeObject & { data: unknown }>(subject.children.configMap),
    subject.get(),
  ]);
  return {
    pod: pod?.metadata.uid,
    template: set?.spec?.template,
    config: config?.data,
    hash: server?.status?.configHash,
  };
}

/** Field managers by object, of the DittoServer and of everything that the Go operator made. */
async function managers({ subject, go }: Served): Promise<Readonly<Record<string, readonly string[]>>> {
  const server = await subject.get();
  const all = [...(await go.objects()), ...(server ? [server as unknown as KubeObject] : [])];
  return Object.fromEntries(
    all.map(({ kind, metadata }) => {
      const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFieldsEntry[] };
      return [
        `${kind}/${metadata.name}`,
        managedFields.map(({ manager, subresource = '' }) => `${manager}/${subresource}`),
      ];
    }),
  );
}

/** Whether the Go operator's finalizer and every entry of its field manager are gone. */
async function isTakenOver(one: Served): Promise<boolean> {
  const server = await one.subject.get();
  const left = Object.values(await managers(one)).flat();
  const told = server?.status?.conditions?.some(({ type }) => type === 'TakenOver');
  return !server?.metadata.finalizers?.includes(FINALIZER) && !told && !left.some((who) => who.startsWith('manager/'));
}

async function untilTakenOver(one: Served): Promise<void> {
  await waitFor(`${one.subject.name} is taken over`, () => isTakenOver(one), {
    timeoutMs: 120_000,
    seen: async () => `${await one.subject.says()}; ${JSON.stringify(await managers(one))}`,
  });
}

/** Waits until its pod is another one, and ready. */
async function untilRolled({ subject }: Served, before: Standing): Promise<void> {
  const isNew = async (): Promise<boolean> => {
    const pod = await subject.pod();
    const isReady = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return pod !== undefined && pod.metadata.uid !== before.pod && isReady === true;
  };
  await waitFor(`the pod of ${subject.name} is another one`, isNew, { timeoutMs: 120_000, seen: subject.says });
}

const patch = (one: Served, change: object): Promise<unknown> => stage.cluster.admin.patch(one.subject.ref, change);

interface Service extends KubeObject {
  readonly spec: {
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly nodePort?: number }[];
  };
}
const service = (one: Served, which: 'apiService' | 'headlessService'): Promise<Service | undefined> =>
  stage.cluster.admin.get<Service>(one.subject.children[which]);

describe('DittoServers that the Go operator served', () => {
  let plain: Served;
  let percona: Served;
  let edited: Served;
  let active: Served;
  let deleted: Served;
  const before = new Map<Served, Standing>();
  const stood = (one: Served): Standing => before.get(one) ?? { pod: '', template: {}, config: {}, hash: '' };

  beforeAll(async () => {
    const { admin } = stage.cluster;
    await installGoOperatorCrd(admin);
    [plain, percona, edited, active, deleted] = await Promise.all([
      served('plain', BASIC),
      served('with-percona', PERCONA),
      served('edited', { ...BASIC, service: { type: 'NodePort' } }),
      served('active', BASIC),
      served('deleted', PERCONA),
    ]);
    // As kubectl edit does it.
    const live = await service(edited, 'apiService');
    const ports = live?.spec.ports.map((port) => ({ ...port, nodePort: 31_234 }));
    const path = apiPath(edited.subject.children.apiService);
    await admin.request('PUT', path, { body: { ...live, spec: { ...live?.spec, ports } }, query: { fieldManager: 'kubectl-edit' } }); // prettier-ignore
    for (const one of [plain, percona, edited, active]) before.set(one, await standing(one));
    await Promise.all([plain, percona, edited, deleted].map(({ go }) => go.backdate()));
    await deleted.subject.delete();
    await active.go.poll();
    provisioner = await stage.start();
  }, 400_000);

  test('while the Go operator still runs nothing is written but one condition that says so', async () => {
    const told = await active.subject.untilTold({ type: 'TakenOver', status: 'False', reason: 'OtherOperatorActive' });
    expect(told.message).toMatch(/stop it/);
    await active.go.poll();
    await active.subject.reconcileNow(2);
    const writes = active.subject.writes().filter(({ resource }) => resource !== 'events');
    expect(writes.map(({ resource, subresource }) => `${resource}/${subresource}`)).toEqual(['dittoservers/status']);
    expect(await standing(active)).toEqual(stood(active));
  });

  test('are taken over: Ready again, no pod restarts, template, its hash and ConfigMap stay to the letter, nothing is co-owned (S6)', async () => {
    for (const one of [plain, edited]) {
      await untilTakenOver(one);
      await one.subject.untilReady();
      await one.subject.untilQuiet();
      expect(await standing(one)).toEqual(stood(one));
      expect(await one.subject.revisions()).toBe(2);
    }
    const owners = await managers(plain);
    expect([...new Set(owners['DittoServer/plain'])].sort()).toEqual(['dittoserver-provisioner/status', 'kit/']);
    for (const [object, who] of Object.entries(owners)) {
      const others = who.filter(
        (manager) => !/^(dittoserver-provisioner|kit|kube-controller-manager|kubectl-edit)\//.test(manager),
      );
      expect({ object, others }).toEqual({ object, others: [] });
      expect({ object, ours: who.filter((manager) => manager === 'dittoserver-provisioner/').length <= 1 }).toEqual({ object, ours: true }); // prettier-ignore
    }
    await plain.subject.reconcileNow(3);
    const since = new Date();
    await plain.subject.reconcileNow(3);
    expect(plain.subject.writes(since)).toEqual([]);
  });

  test('its generated Secrets outlive it from now on, with the values that they had', async () => {
    const { admin } = stage.cluster;
    const { namespace, names } = plain.subject;
    for (const name of [names.jwtSecret, names.adminSecret, names.operatorSecret]) {
      const secret = await admin.get<KubeObject & { data: Readonly<Record<string, string>> }>({ apiVersion: 'v1', kind: 'Secret', namespace, name }); // prettier-ignore
      expect(secret?.metadata.ownerReferences).toBeUndefined();
      expect(secret?.metadata.labels?.['dittofs.io/owner-uid']).toBe((await plain.subject.get())?.metadata.uid);
      expect(Object.keys(secret?.data ?? {})).not.toContain('access-token');
    }
  });

  test.each([
    ['with a Service of the Go operator', () => plain],
    ['with a Service that somebody has edited since', () => edited],
  ])('another port rolls the pod once, %s: one port of each name is left (S6)', async (_, which) => {
    const one = which();
    await patch(one, { spec: { controlPlane: { port: 8443 } } });
    await untilRolled(one, stood(one));
    await one.subject.untilReady();
    await one.subject.untilQuiet();
    for (const kind of ['apiService', 'headlessService'] as const) {
      expect((await service(one, kind))?.spec.ports.map(({ name, port }) => `${name}:${port}`)).toEqual(['api:8443']);
    }
    const set = await one.subject.statefulSet();
    const [container] = set?.spec?.template.spec?.containers ?? [];
    expect(container?.ports?.map(({ name, containerPort }) => `${name}:${containerPort}`)).toEqual(['api:8443']);
    expect(await one.subject.revisions()).toBe(3);
    const config = await stage.cluster.admin.get<KubeObject & { data: Readonly<Record<string, string>> }>(one.subject.children.configMap); // prettier-ignore
    expect(config?.data['config.yaml']).toContain('port: 8443');
  });

  test('one with Percona, which ran on SQLite, stays so and says what there is to choose', async () => {
    await untilTakenOver(percona);
    const { message } = await percona.subject.untilTold({ type: 'ConfigReady', status: 'False', reason: 'DatabaseSwitchRefused' }); // prettier-ignore
    expect(message).toMatch(/runs on SQLite.*spec\.percona\.enabled to false.*dittofs\.io\/switch-database: percona/);
    await percona.subject.untilTold({ type: 'Available', status: 'True' });
    await percona.subject.untilTold({ type: 'Authenticated', status: 'True' });
    await percona.subject.untilQuiet();
    expect(await standing(percona)).toEqual(stood(percona));
    const cluster = await percona.subject.postgresCluster();
    expect(cluster?.metadata.ownerReferences).toBeUndefined();
    expect((await percona.subject.get())?.status?.perconaClusterName).toBeUndefined();
  });

  test('neither an edit of another field nor of the image moves it to the empty PostgreSQL', async () => {
    await patch(percona, { spec: { image: 'marmos91c/dittofs:0.30.0' } });
    // It was held back before, too: the edit has to be looked at.
    await percona.subject.reconcileNow();
    await percona.subject.untilTold({ type: 'Progressing', status: 'False', reason: 'HeldBack' });
    await percona.subject.untilQuiet();
    expect(await standing(percona)).toEqual(stood(percona));
    await patch(percona, { spec: { image: 'marmos91c/dittofs:latest' } });
  });

  test('it is switched when the user says so, with one restart', async () => {
    await patch(percona, { metadata: { annotations: { 'dittofs.io/switch-database': 'percona' } } });
    await untilRolled(percona, stood(percona));
    await percona.subject.untilReady({ timeoutMs: 120_000 });
    await percona.subject.untilQuiet();
    const set = await percona.subject.statefulSet();
    const env = set?.spec?.template.spec?.containers[0]?.env?.map(({ name }) => name);
    expect(env).toContain('DITTOFS_DATABASE_POSTGRES_HOST');
    expect(await percona.subject.revisions()).toBe(3);
    expect((await percona.subject.get())?.status?.perconaClusterName).toBe('with-percona-postgres');
  });

  test('one that was deleted before it was taken over is let go, and its database kept (X6)', async () => {
    await deleted.subject.untilGone();
    const cluster = await deleted.subject.postgresCluster();
    expect(cluster?.metadata.uid).toBeDefined();
    expect(cluster?.metadata.deletionTimestamp).toBeUndefined();
    expect(cluster?.metadata.ownerReferences).toBeUndefined();
  });

  test('a minute after the last write of the Go operator its work is taken over by itself', async () => {
    await untilTakenOver(active);
    await active.subject.untilReady();
    expect(await standing(active)).toEqual(stood(active));
  });

  test('started again it is noticed by its writes, and nothing is written against it until it is silent', async () => {
    await active.subject.untilQuiet();
    await active.go.pass();
    await active.subject.untilTold({ type: 'TakenOver', status: 'False', reason: 'OtherOperatorActive' });
    const since = new Date();
    await active.go.pass();
    await active.subject.reconcileNow(2);
    expect(active.subject.writes(since)).toEqual([]);
    await active.go.backdate();
    await active.subject.reconcileNow();
    await untilTakenOver(active);
    await active.subject.untilReady();
    expect(await standing(active)).toEqual(stood(active));
  });
});

describe('under the CRD of the Go operator (U6)', () => {
  const PHASES = ['Pending', 'Running', 'Failed', 'Stopped', 'Deleting'];

  test('a new DittoServer is provisioned and deleted, and says that the CRD is older and what it lacks', async () => {
    const fresh = stage.subject('fresh');
    await fresh.apply(PERCONA);
    const { status } = await fresh.untilReady({ timeoutMs: 120_000 });
    expect(PHASES).toContain(status?.phase);
    expect(status).not.toHaveProperty('perconaClusterUid');
    const { message } = await fresh.untilTold({ type: 'ConfigReady', status: 'True', reason: 'CRDOutdated' });
    expect(message).toMatch(/CRD of DittoServers is older than the provisioner.*spec\.[a-zA-Z.]+.*apply deploy\/crd/);
    await fresh.untilQuiet();
    const since = new Date();
    await fresh.reconcileNow(2);
    expect(fresh.writes(since)).toEqual([]);
    await fresh.delete();
    await fresh.untilGone();
    // That CRD stored deleteWithServer: false.
    expect((await fresh.postgresCluster())?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('when the present CRD is applied, that goes by itself', async () => {
    const server = stage.subject('plain');
    await server.untilTold({ type: 'ConfigReady', reason: 'CRDOutdated' });
    await applyProductManifests(stage.cluster.admin, 'provisioner');
    const isCurrent = async (): Promise<boolean> => {
      await server.reconcileNow();
      const told = (await server.get())?.status?.conditions?.find(({ type }) => type === 'ConfigReady');
      return told?.reason === 'ConfigValid';
    };
    await waitFor('the present CRD is seen', isCurrent, { timeoutMs: 120_000, everyMs: 2_000, seen: server.says });
    await server.untilReady();
  });
});
