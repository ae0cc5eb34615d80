// The limits of a DittoServer's name are those of the longest names derived from it.
import { MAX_NAME_LENGTH, MAX_NAME_LENGTH_WITH_PERCONA, labels, names } from '../../../src/api/names.ts';

const DNS_LABEL_LENGTH = 63;

test('with the longest name every Service, pod and label still fits', () => {
  const longest = 'n'.repeat(MAX_NAME_LENGTH);
  const { headlessService, apiService } = names(longest);
  for (const name of [
    headlessService,
    apiService,
    labels(longest).instance,
    `${longest}-0`,
    `${longest}-adapter-nfs`,
  ]) {
    expect(name.length).toBeLessThanOrEqual(DNS_LABEL_LENGTH);
  }
  expect(`${'n'.repeat(MAX_NAME_LENGTH + 1)}-adapter-nfs`.length).toBeGreaterThan(DNS_LABEL_LENGTH);
});

test('the label controller-revision-hash of its pods fits: name, hyphen and up to ten characters', () => {
  expect(MAX_NAME_LENGTH + 1 + 10).toBeLessThanOrEqual(DNS_LABEL_LENGTH);
});

test('with Percona the same label of the database pods fits: cluster, "-instance1-xxxx", hyphen and ten characters (D2)', () => {
  const length = (server: number): number =>
    names('n'.repeat(server)).postgresCluster.length + '-instance1-xxxx'.length + 1 + 10;
  expect(length(MAX_NAME_LENGTH_WITH_PERCONA)).toBeLessThanOrEqual(DNS_LABEL_LENGTH);
  expect(length(MAX_NAME_LENGTH_WITH_PERCONA + 1)).toBeGreaterThan(DNS_LABEL_LENGTH);
});

test('the names are those that clients and older objects rely on', () => {
  expect(names('files')).toMatchObject({
    statefulSet: 'files',
    headlessService: 'files-headless',
    apiService: 'files-api',
    configMap: 'files-config',
    jwtSecret: 'files-jwt-secret',
    adminSecret: 'files-admin-bootstrap-credentials',
    postgresCluster: 'files-postgres',
    postgresUserSecret: 'files-postgres-pguser-dittofs',
    metadataClaim: 'metadata-files-0',
    contentClaim: 'content-files-0',
    controlPlaneClaim: 'controlplane-files-0',
  });
});
