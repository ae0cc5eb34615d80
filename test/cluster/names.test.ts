// Long names, and others that servers differ on (V1, V2): what works is provisioned with one warning, what cannot work is refused before anything is made (D2). What an object
// stored under the predecessor's CRD is told is in predecessor-crd.test.ts.
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA } from './support/subject.ts';

const stage = useStage({ name: 'names' });

interface Event extends KubeObject {
  readonly regarding?: { readonly kind: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

const longest = 'a-name-of-twenty-8-character'; // 28
const accepted = [
  ['dittofs-13-ch', 0],
  ['dittofs-14-chr', 1],
  ['dittofs-percona', 1],
  [longest, 1],
] as const;

beforeAll(() => Promise.all(accepted.map(([name]) => stage.subject(name).apply(PERCONA))));

test.each(accepted)('"%s" is provisioned, with %i warnings about its length (D2)', async (name, warnings) => {
  const server = stage.subject(name);
  await server.untilReady();
  await server.reconcileNow(3);
  const events = await stage.cluster.admin.list<Event>({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    namespace: stage.namespace,
  });
  const about = events.filter(({ regarding, type }) => type === 'Warning' && regarding?.kind === 'DittoServer' && regarding.name === name); // prettier-ignore
  expect(about.map(({ reason }) => reason)).toEqual(Array.from({ length: warnings }, () => 'LongClusterName'));
  if (warnings > 0) expect(about[0]?.note).toMatch(/22/);
});

test('one character more than 28 is refused at admission, naming field, limit and mend (D2)', async () => {
  expect(longest).toHaveLength(28);
  const tooLong = stage.subject(`${longest}s`);
  const refused = tooLong.apply(PERCONA);
  await expect(refused).rejects.toThrow(/metadata\.name/);
  await expect(refused).rejects.toThrow(/at most 28 characters.*choose a shorter name/);
  expect(await tooLong.get()).toBeUndefined();
});

describe('without Percona', () => {
  test.each([
    ['the longest name (V2)', 'a-name-of-51-characters-for-a-service-of-63-of-them'],
    ['a name that begins with a digit (V1)', '2024-files'],
  ])('%s is provisioned with every child', async (_, name) => {
    const server = stage.subject(name);
    await server.apply(BASIC);
    await server.untilReady();
    expect((await server.get())?.status?.phase).toBe('Running');
    for (const child of ['statefulSet', 'headlessService', 'apiService', 'configMap', 'jwtSecret', 'adminSecret'] as const)
      expect(await stage.cluster.admin.get(server.children[child])).toBeDefined();
    expect(`${name}-adapter-nfs`.length).toBeLessThanOrEqual(63);
  }); // prettier-ignore

  test('one character more is refused at admission, with the number (V2)', async () => {
    const refused = stage.subject('n'.repeat(52)).apply(BASIC);
    await expect(refused).rejects.toThrow(/metadata\.name.*at most 51 characters/);
  });

  test('where the API server refuses a child for its name, its own text is told, and it is not tried hotly (V1)', async () => {
    const { admin } = stage.cluster;
    const name = `digits-${stage.namespace}`;
    const group = 'admissionregistration.k8s.io/v1';
    // As API servers before 1.34 do for every Service.
    const message = 'a DNS-1035 label must start with an alphabetic character';
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['services'] }];
    const policy = { matchConstraints: { resourceRules: rules }, validations: [{ expression: "!object.metadata.name.matches('^[0-9]')", message, reason: 'Invalid' }] }; // prettier-ignore
    const selected = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stage.namespace } } };
    const binding = { policyName: name, validationActions: ['Deny'], matchResources: selected };
    const policyRef = { apiVersion: group, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } };
    const refusing = `/apis/${group}/validatingadmissionpolicies`;
    const bindings = `/apis/${group}/validatingadmissionpolicybindings`;
    await admin.request('POST', refusing, { body: { apiVersion: group, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: policy } }); // prettier-ignore
    await admin.request('POST', bindings, { body: { ...policyRef, spec: binding } });
    try {
      const probe = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: stage.namespace, name: '1-probe' }, spec: { ports: [{ port: 80 }] } }; // prettier-ignore
      await waitFor('the API server refuses such names', () =>
        admin.apply<KubeObject>(probe, { dryRun: true }).then(() => false, () => true)); // prettier-ignore
      const server = stage.subject('1st');
      await server.apply(BASIC);
      const told = await server.untilTold({ type: 'Ready', status: 'False', reason: 'Rejected' });
      expect(told.message).toContain(message);
      // All that its starting pod tells is a reason to look, and how many looks come of it depends on how busy the machine is: counted is what follows.
      const isReady = async () => (await server.pod())?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'); // prettier-ignore
      await waitFor('its pod is ready', isReady, { timeoutMs: 60_000, seen: server.says });
      await server.untilQuiet();
      const since = new Date();
      await pause(8_000);
      // Two Services an attempt, one at each look, at most four: after five seconds and five later, and with what its server and its status tell. The
      // same for those of its adapters, which the step that learns of them tries too.
      const tries = server.writes(since).filter(({ resource }) => resource === 'services');
      expect(tries.filter(({ name: child }) => !child?.includes('-adapter-')).length).toBeLessThanOrEqual(8);
      expect(tries.filter(({ name: child }) => child?.includes('-adapter-')).length).toBeLessThanOrEqual(8 + 2);
      await admin.request('DELETE', `${bindings}/${name}`);
      await server.untilReady({ timeoutMs: 120_000 });
    } finally {
      await admin.request('DELETE', `${bindings}/${name}`).catch(() => undefined);
      await admin.request('DELETE', `${refusing}/${name}`);
    }
  });
});
