// The Secrets that we make up.
import { adminSecret, jwtSecret } from '../../../src/manifests/index.ts';
import { countingBytes, dittoServer } from './examples.ts';

const server = dittoServer({ storage: { metadataSize: '5Gi' } });

function decoded(data: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

test('the signing key has 43 characters of 32 random bytes', () => {
  const { metadata, data } = jwtSecret(server, countingBytes);
  expect(metadata.name).toBe('files-jwt-secret');
  expect(decoded(data)['jwt-secret']).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('the first administrator is admin with 24 characters of 18 random bytes', () => {
  const { metadata, data } = adminSecret(server, countingBytes);
  expect(metadata.name).toBe('files-admin-bootstrap-credentials');
  const { username, password } = decoded(data);
  expect(username).toBe('admin');
  expect(password).toMatch(/^[A-Za-z0-9_-]{24}$/);
});

test('they outlive their DittoServer: a label instead of an owner reference', () => {
  for (const { metadata } of [jwtSecret(server, countingBytes), adminSecret(server, countingBytes)]) {
    expect(metadata.ownerReferences).toBeUndefined();
    expect(metadata.labels).toEqual({
      app: 'dittofs-server',
      instance: 'files',
      'dittofs.io/owner-uid': server.metadata.uid,
    });
  }
});
