// A list of namespaces, of which one forbids the provisioner to look and one does not exist: the others are served, and those too when they can be.
import { readFileSync } from 'node:fs';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC } from './support/subject.ts';

const stage = useStage({ name: 'served', own: { percona: false }, provisioner: false });
const RBAC = 'rbac.authorization.k8s.io';
const ABSENT = 'served-later';

let forbidden: string;
let provisioner: Provisioner;

/** What `deploy/rbac` tells to do for one namespace. */
const allow = (namespace: string): Promise<unknown> =>
  stage.cluster.admin.apply({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace, name: 'dittoserver-provisioner' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'dittoserver-provisioner' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'provisioner' }],
  } as never);

beforeAll(async () => {
  forbidden = await stage.another('served-not');
  await allow(stage.namespace);
  await stage.cluster.admin.delete({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', name: 'kit-dittoserver-provisioner' }); // prettier-ignore
  provisioner = await stage.start({ watchNamespaces: [stage.namespace, forbidden, ABSENT].join(',') });
});
afterAll(() => provisioner.stop());

test('one forbidden and one absent namespace: told, the others run on, and both are served as soon as they can be (W4)', async () => {
  const { admin } = stage.cluster;
  const pid = provisioner.pid();
  const [served, later] = [stage.subject('files'), stage.subject('files', forbidden)];
  await Promise.all([served.apply(BASIC), later.apply(BASIC)]);
  await served.untilReady();
  expect((await fetch(`${provisioner.url}/readyz`)).status).toBe(200);
  const warnings = readFileSync(provisioner.logFile, 'utf8').split('\n').filter((line) => /"level":[45]0/.test(line)); // prettier-ignore
  for (const namespace of [forbidden, ABSENT])
    expect(warnings.filter((line) => line.includes(namespace))).not.toEqual([]);
  expect(await later.statefulSet()).toBeUndefined();

  await allow(forbidden);
  await later.untilReady();
  await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ABSENT } });
  await allow(ABSENT);
  const latest = stage.subject('files', ABSENT);
  await latest.apply(BASIC);
  await latest.untilReady();

  // Taken away again, by whoever may: nobody else is switched off by that.
  await admin.delete({ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', namespace: forbidden, name: 'dittoserver-provisioner' }); // prettier-ignore
  await served.apply({ ...BASIC, replicas: 0 });
  await waitFor('the served one is stopped', async () => (await served.pod()) === undefined, { seen: served.says });
  expect((await fetch(`${provisioner.url}/readyz`)).status).toBe(200);
  expect(provisioner.pid()).toBe(pid);
});
