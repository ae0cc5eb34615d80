// Whatever is stored as a specification: it is judged without an exception, either told as wrong with the field, or rendered to
// objects in which nothing is undefined, not a number or an object turned into text (V4).
import { numbersFrom } from '../../kit/random.ts';
import { SPEC_SCHEMA, STATUS_SCHEMA } from '../../../src/api/generated/ditto-server-schema.ts';
import type { Stored } from '../../../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import { faultsAgainst } from '../../../src/api/schema.ts';
import { storedDittoServer } from '../../../src/api/stored.ts';
import { isRenderable } from '../../../src/manifests/index.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { specValid } from '../../../src/requirements/spec-valid.ts';
import { statusDiffers, statusOf } from '../../../src/requirements/status.ts';
import { hostileSpec, HOSTILE_VALUES } from '../hostile.ts';
import { EXAMPLES, renderAll } from '../manifests/examples.ts';
import { earlier, factsWith, FRESH, STARTING_DATABASE } from './facts.ts';

const SEED = 20_260_301;
const ROUNDS = 1_000;
/** What JavaScript makes of a value where text was meant. */
const SPOILT = /\bNaN\b|\bundefined\b|\[object |\bInfinity\b/;

const stored = (spec: unknown, status?: unknown): Stored => {
  const metadata = { name: 'files', namespace: 'prod', uid: 'u', resourceVersion: '1', generation: 1 };
  return { ...DITTO_SERVER, metadata, spec, status } as Stored;
};

/** Judges it in every stage of its life; returns the fault that is told. */
function judged(object: Stored): string | undefined {
  const server = storedDittoServer(object);
  for (const changes of [{}, { ...FRESH, configHash: { state: 'due' } as const }, STARTING_DATABASE]) {
    const facts = { ...factsWith(changes), server };
    const judgement = judge(requirements, facts, DEFAULT_SETTINGS);
    const status = statusOf(facts, judgement);
    expect(JSON.stringify([judgement.message, judgement.reason, status])).not.toMatch(SPOILT);
    expect(faultsAgainst(STATUS_SCHEMA, status, 'status')).toEqual([]);
    expect(JSON.stringify(status.conditions).length).toBeLessThan(8_000);
    expect(judgement.recheckAfterMs).toBeGreaterThan(0);
    expect(statusDiffers(storedDittoServer({ ...object, status } as Stored).status, status)).toBe(false);
  }
  const finding = specValid.judge({ ...factsWith(), server }, earlier());
  return finding.state === 'wait' ? finding.message : undefined;
}

test(`${ROUNDS} specifications with fields of any kind: each is told as wrong with a field, or rendered whole (V4)`, () => {
  const random = numbersFrom(SEED);
  const tally = { refused: 0, rendered: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const object = stored(hostileSpec(random));
    const fault = judged(object);
    const server = storedDittoServer(object);
    if (fault === undefined) {
      if (!isRenderable(server)) throw new Error(`round ${round}: neither told as wrong nor rendered`);
      expect(JSON.stringify(renderAll(server))).not.toMatch(SPOILT);
      tally.rendered += 1;
    } else {
      expect(fault).toMatch(/spec\b/);
      expect(fault.length).toBeLessThan(600);
      tally.refused += 1;
    }
  }
  expect(tally.rendered).toBeGreaterThan(ROUNDS / 20);
  expect(tally.refused).toBeGreaterThan(ROUNDS / 4);
});

test.each(HOSTILE_VALUES.map((value) => [JSON.stringify(value).slice(0, 40), value]))(
  'as a whole specification, and as a whole status: %s (V4)',
  (_, value) => {
    expect(judged(stored(value))).toMatch(/^spec/);
    expect(judged(stored({ storage: { metadataSize: '1Gi' } }, value))).toBeUndefined();
    const spec = { storage: { metadataSize: '1Gi' } };
    for (const field of ['conditions', 'phase', 'observedGeneration', 'configHash', 'perconaClusterName'])
      expect(judged(stored(spec, { [field]: value }))).toBeUndefined();
    expect(judged(stored(spec, { conditions: [value, { type: value }, { type: 'Ready', lastTransitionTime: value }] }))).toBeUndefined(); // prettier-ignore
  },
);

describe('the schema', () => {
  test.each(Object.entries(EXAMPLES))('has nothing against what works: %s', (_, { spec }) => {
    expect(faultsAgainst(SPEC_SCHEMA, spec, 'spec')).toEqual([]);
  });

  const storage = { metadataSize: '1Gi' };
  const faults: readonly (readonly [what: string, spec: unknown, message: string])[] = [
    ['text for a number', { storage, replicas: 'two' }, 'spec.replicas is "two", but must be a whole number'],
    ['a number for text', { storage, image: 5 }, 'spec.image is 5, but must be text'],
    ['a list for an object', { storage, percona: [] }, 'spec.percona is a list, but must be an object with fields'],
    ['text for an object', { storage: 'big' }, 'spec.storage is "big", but must be an object with fields'],
    ['text for true', { storage, percona: { enabled: 'true' } }, 'spec.percona.enabled is "true", but must be true or false'],
    ['an unknown word', { storage, logging: { level: 'LOUD' } }, 'spec.logging.level is "LOUD", but must be one of DEBUG, INFO, WARN, ERROR'],
    ['too large a number', { storage, controlPlane: { port: 1e9 } }, 'spec.controlPlane.port is 1000000000, but must be at most 65535'],
    ['a quantity that is none', { storage, resources: { limits: { cpu: 'much' } } }, 'spec.resources.limits.cpu is "much", but must match'],
    ['a key that is missing', { storage, identity: { jwt: { secretRef: { name: 'x' } } } }, 'spec.identity.jwt.secretRef.key is missing: set it'],
    ['a key that is empty', { storage, identity: { jwt: { secretRef: { name: 'x', key: '' } } } }, 'spec.identity.jwt.secretRef.key is "", which cannot be a key'],
    ['a path for a name', { storage, identity: { jwt: { secretRef: { name: '../x', key: 'k' } } } }, 'spec.identity.jwt.secretRef.name is text (not shown here), which cannot be the name of a Secret'],
    ['a path for the name of a certificate', { storage, controlPlane: { certSecretName: '../x' } }, 'spec.controlPlane.certSecretName is text (not shown here), which cannot be the name of a Secret'],
    ['a path for the name of an external database', { storage, database: { postgresSecretRef: { name: 'a/b', key: '' } } }, 'spec.database.postgresSecretRef.name is text (not shown here), which cannot be the name of a Secret'],
    ['a path for the name of a keytab', { storage, identity: { kerberos: { enabled: true, keytabSecretRef: { name: '../x', key: 'k' } } } }, 'spec.identity.kerberos.keytabSecretRef.name is text (not shown here), which cannot be the name of a Secret'],
    ['a dot for a name', { storage: { ...storage, storageClassName: '..' } }, 'spec.storage.storageClassName is "..", which cannot be the name of a StorageClass'],
    ['long text', { storage, logging: { level: 'x'.repeat(1_000_000) } }, '… (1000002 characters), but must be one of'],
    ['a duration that is none', { storage, identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: '15 minutes' } } }, 'spec.identity.jwt.accessTokenDuration is text (not shown here), which is no duration: use'],
  ]; // prettier-ignore

  test.each(faults)('tells %s with its field (V4)', (_, spec, message) => {
    expect(judged(stored(spec))).toContain(message);
  });

  test('takes null and unknown fields as left out, as the API server does', () => {
    const { spec } = storedDittoServer(stored({ storage: { ...storage, contentSize: null, cacheSize: '1Gi' }, percona: null, nfs: {} })); // prettier-ignore
    expect(spec).toEqual({ storage });
  });

  test('of a reference, a namespace is dropped: all are in the namespace of the DittoServer (C1)', () => {
    const secretRef = { name: 'own', key: 'k' };
    const object = stored({ storage, identity: { jwt: { secretRef: { ...secretRef, namespace: 'other' } } } });
    expect(storedDittoServer(object).spec?.identity?.jwt?.secretRef).toEqual(secretRef);
  });
});
