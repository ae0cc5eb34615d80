// What an older CRD lacks (U6).
import { join } from 'node:path';
import { SPEC_SCHEMA, STATUS_SCHEMA } from '../../../src/api/generated/ditto-server-schema.ts';
import { lackingFields } from '../../../activities/observe/crd.ts';
import { foundationApplied } from '../../../src/requirements/foundation-applied.ts';
import { statusOf } from '../../../src/requirements/status.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { readManifests } from '../../kit/manifests.ts';
import { earlier, factsWith } from '../requirements/facts.ts';

interface Crd {
  readonly spec: {
    readonly versions: readonly [
      {
        readonly schema: {
          readonly openAPIV3Schema: { readonly properties: Readonly<Record<'spec' | 'status', object>> };
        };
      },
    ];
  };
}
const ROOT = join(import.meta.dirname, '..', '..', '..');
const schemaIn = (file: string) => {
  const [crd] = readManifests(join(ROOT, file)) as unknown as readonly Crd[];
  return crd?.spec.versions[0].schema.openAPIV3Schema.properties ?? { spec: {}, status: {} };
};
const lacks = (file: string): readonly string[] => {
  const { spec, status } = schemaIn(file);
  return [...lackingFields(SPEC_SCHEMA, spec, 'spec'), ...lackingFields(STATUS_SCHEMA, status, 'status')];
};

test('the present CRD lacks nothing', () => {
  expect(lacks('deploy/crd/dittoserver.yaml')).toEqual([]);
});

test('that of the Go operator lacks what is new since, and nothing of its own', () => {
  const found = lacks('test/kit/go-operator-crd-stand-in.yaml');
  expect(found).toContain('spec.percona.deletionPolicy');
  expect(found).toContain('status.perconaClusterUid');
  expect(found.filter((path) => /snapshotPolicies|securityContext|storage\./.test(path))).toEqual([]);
});

test('a status leaves out what the CRD does not know, and ConfigReady says so, with at most three names', () => {
  const crdLacks = ['spec.a', 'spec.b', 'spec.c', 'status.perconaClusterUid'];
  const facts = factsWith({ crdLacks });
  const status = statusOf(facts, judge(requirements, facts, DEFAULT_SETTINGS));
  expect(status).toHaveProperty('perconaClusterName');
  expect(status).not.toHaveProperty('perconaClusterUid');
  const { state, reason, message } = foundationApplied.judge(facts, earlier()) as {
    state: string;
    reason: string;
    message: string;
  };
  expect({ state, reason }).toEqual({ state: 'met', reason: 'CRDOutdated' });
  expect(message).toMatch(/spec\.a, spec\.b, spec\.c and 1 more cannot be used: apply deploy\/crd/);
  expect(judge(requirements, facts, DEFAULT_SETTINGS)).toMatchObject({ ready: true, recheckAfterMs: 600_000 });
});
