// The client, and the steps over it, against real DittoFS servers: on SQLite, on PostgreSQL that dies, over TLS, and with client
// certificates. What the stand-in claims of the server is checked here too.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  createDittoFs,
  createSessions,
  DittoFsError,
  inspect,
  type DittoFs,
  type DittoFsApi,
  type Endpoint,
  type Trust,
} from '../../src/dittofs/index.ts';
import { startDittoFsServer, type DittoFsServer } from '../kit/dittofs-server.ts';
import { startPostgres, type Postgres } from '../kit/postgres.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { certificatesIn, type Certificates } from './support/certificates.ts';
import { smallWorld } from '../unit/activities/small-world.ts';

const workspace = createWorkspace('dittofs-client');
const HOST = 'files-api.prod.svc.cluster.local';
const SOON = { timeoutMs: 60_000, everyMs: 200 };
const clients: DittoFs[] = [];

afterAll(async () => {
  for (const client of clients) client.close();
  await workspace.dispose();
});

function clientOf(server: DittoFsServer): DittoFs {
  const client = createDittoFs({ route: () => ({ host: '127.0.0.1', port: server.port }) });
  clients.push(client);
  return client;
}

const endpoint = (scheme: Endpoint['scheme'] = 'http', trust: Trust = {}): Endpoint => ({ scheme, host: HOST, port: 8080, trust }); // prettier-ignore
const apiOf = (server: DittoFsServer): DittoFsApi => clientOf(server).at(endpoint());

async function kindOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof DittoFsError ? error.kind : `no DittoFsError: ${String(error)}`;
}

const conditionOf = (world: ReturnType<typeof smallWorld>, type: string) => {
  const status = world.kube.find('DittoServer', 'files')?.['status'] as { conditions?: { type: string; status: string; reason: string; message: string }[] } | undefined; // prettier-ignore
  return status?.conditions?.find((condition) => condition.type === type);
};

describe('a server on SQLite', () => {
  let server: DittoFsServer;
  let api: DittoFsApi;
  let token: string;
  beforeAll(async () => {
    server = await startDittoFsServer(workspace, { name: 'sqlite' });
    api = apiOf(server);
    token = (await api.login({ username: 'admin', password: server.adminPassword })).accessToken;
  });

  test('says that its database is reachable, and lists its adapters in one order', async () => {
    expect(await api.databaseHealth()).toBe('reachable');
    const lists = await Promise.all(Array.from({ length: 5 }, () => api.adapters(token)));
    for (const list of lists) expect(list.map(({ type }) => type)).toEqual(['nfs', 'smb']);
  });

  test('refuses as the client’s table of errors says', async () => {
    const operator = { username: 'someone', password: 'some-password' };
    await api.createUser(token, { ...operator, role: 'operator' });
    const tokens = await api.login(operator);
    expect(tokens).toMatchObject({ role: 'operator', mustChangePassword: false });
    expect(await kindOf(api.createUser(token, { ...operator, role: 'operator' }))).toBe('conflict');
    expect(await kindOf(api.createUser(token, { username: 'x', password: 'short', role: 'operator' }))).toBe('invalid');
    expect(await kindOf(api.snapshotPolicies(tokens.accessToken))).toBe('forbidden');
    expect(await kindOf(api.adapters('no token'))).toBe('unauthorized');
    expect(await kindOf(api.login({ ...operator, password: 'wrong-password' }))).toBe('unauthorized');
    const policy = { share: '/none', enabled: true, interval: '1h', keepLast: 1, ttl: '', namePrefix: '' };
    expect(await kindOf(api.putSnapshotPolicy(token, policy))).toBe('not-found');
  });

  test('wants a new password of an administrator that was made, and takes the same one', async () => {
    const second = { username: 'second', password: 'second-password' };
    await api.createUser(token, { ...second, role: 'admin' });
    const tokens = await api.login(second);
    expect(tokens.mustChangePassword).toBe(true);
    expect(await kindOf(api.adapters(tokens.accessToken))).toBe('password-change');
    const changed = await api.changeOwnPassword(tokens.accessToken, second.password, second.password);
    expect(await api.adapters(changed.accessToken)).toHaveLength(2);
  });

  test('refreshes a login, and knows nothing of a refresh token that is none', async () => {
    const { refreshToken } = await api.login({ username: 'admin', password: server.adminPassword });
    expect(await api.refresh(refreshToken)).toMatchObject({ role: 'admin' });
    expect(await kindOf(api.refresh('none'))).toBe('unauthorized');
  });

  test('the portmapper is off in a new server, and can be switched on', async () => {
    expect(await api.isPortmapperEnabled(token)).toBe(false);
    await api.enablePortmapper(token);
    expect(await api.isPortmapperEnabled(token)).toBe(true);
  });
});

describe('the steps, on a real server', () => {
  test('from pods ready to Ready in one step; the account survives a reset of the database, with the same Secret', async () => {
    const server = await startDittoFsServer(workspace, { name: 'steps' });
    const world = smallWorld(
      {
        storage: { metadataSize: '1Gi' },
        identity: { admin: { passwordSecretRef: { name: 'admin', key: 'password' } } },
      },
      { dittofs: clientOf(server) },
    );
    const password = Buffer.from(server.adminPassword).toString('base64');
    world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'admin' }, data: { password } }, 'kubectl');
    await world.pass();
    world.podsRun();
    const first = await world.pass();
    expect(first.steps).toEqual(['connectServerApi']);
    expect(conditionOf(world, 'Authenticated')).toMatchObject({ status: 'True' });
    const secret = world.kube.find('Secret', 'files-operator-credentials');
    expect(secret).toBeDefined();
    const adapters = world.kube.all().filter(({ metadata }) => metadata.name.startsWith('files-adapter-'));
    expect(adapters.length).toBeGreaterThanOrEqual(2);

    await server.stop();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${server.databaseFile}${suffix}`, { force: true });
    await server.start();
    world.later(20 * 60_000);
    world.tell('something else');
    const again = await world.pass();
    expect(again.steps).toEqual(['connectServerApi']);
    expect(conditionOf(world, 'Authenticated')).toMatchObject({ status: 'True' });
    expect(world.kube.find('Secret', 'files-operator-credentials')?.metadata.resourceVersion).toBe(
      secret?.metadata.resourceVersion,
    );
    await server.stop();
    world.tell('gone');
    await world.pass();
    expect(conditionOf(world, 'Authenticated')).toMatchObject({ status: 'False', reason: 'APIUnreachable' });
    expect(conditionOf(world, 'Authenticated')?.message).toContain('ECONNREFUSED');
  });
});

describe('a server on PostgreSQL', () => {
  test('that dies is told by the server itself, which still answers 200; and so is its return', async () => {
    const postgres: Postgres = await startPostgres(workspace);
    const server = await startDittoFsServer(workspace, { name: 'on-postgres', postgres });
    const api = apiOf(server);
    const admin = { username: 'admin', password: server.adminPassword };
    expect(await api.databaseHealth()).toBe('reachable');
    await postgres.stop();
    await waitFor('the server to notice', async () => (await api.databaseHealth()) === 'unreachable', SOON);
    expect(await kindOf(api.login(admin))).toBe('server');
    const answer = await inspect({ server: 's', api, sessions: createSessions(), account: admin, withPolicies: false });
    expect(answer).toEqual({ database: 'unreachable' });
    await postgres.start();
    await waitFor('the server to come back', async () => (await api.databaseHealth()) === 'reachable', SOON);
    expect(await api.login(admin)).toMatchObject({ role: 'admin' });
    await server.stop();
    await postgres.stop();
  });
});

describe('over TLS', () => {
  let made: Certificates;
  const file = (name: string): string => made.file(name);
  const pem = (name: string): string => made.pem(name);
  beforeAll(async () => {
    made = certificatesIn(mkdtempSync(join(workspace.folder, 'tls-')));
    await Promise.all([made.authority('ca'), made.authority('other')]);
    await made.signed('server', 'ca', HOST);
    await made.signed('elsewhere', 'ca', 'other.example');
    await made.signed('client', 'ca', 'provisioner');
    await made.signed('stranger', 'other', 'provisioner');
  });

  test('the certificate is checked against the authority in the Secret, and for the name of the Service', async () => {
    const tls = { cert: file('server.crt'), key: file('server.key') };
    const server = await startDittoFsServer(workspace, { name: 'tls', tls });
    const client = clientOf(server);
    const at = (trust: Trust): Promise<string> => client.at(endpoint('https', trust)).databaseHealth();
    expect(await at({ ca: pem('ca.crt') })).toBe('reachable');
    expect(await kindOf(at({ ca: pem('other.crt') }))).toBe('tls');
    expect(await kindOf(at({}))).toBe('tls');
    expect(await kindOf(client.at(endpoint('http')).databaseHealth())).toMatch(/garbage|invalid|unreachable/);
    await server.stop();

    const wrong = { cert: file('elsewhere.crt'), key: file('elsewhere.key') };
    const other = await startDittoFsServer(workspace, { name: 'tls-other-name', tls: wrong });
    expect(
      await kindOf(
        clientOf(other)
          .at(endpoint('https', { ca: pem('ca.crt') }))
          .databaseHealth(),
      ),
    ).toBe('tls');
    await other.stop();
  });

  test('a server that asks for certificates lets ours in, and says so when there is none or another one (8.26)', async () => {
    const tls = { cert: file('server.crt'), key: file('server.key'), clientCa: file('ca.crt') };
    const server = await startDittoFsServer(workspace, { name: 'mtls', tls });
    const client = clientOf(server);
    const at = (trust: Trust): DittoFsApi => client.at(endpoint('https', { ca: pem('ca.crt'), ...trust }));
    const own = at({ cert: pem('client.crt'), key: pem('client.key') });
    expect(await own.databaseHealth()).toBe('reachable');
    expect(await own.login({ username: 'admin', password: server.adminPassword })).toMatchObject({ role: 'admin' });
    expect(await kindOf(at({}).databaseHealth())).toBe('client-certificate');
    expect(await kindOf(at({ cert: pem('stranger.crt'), key: pem('stranger.key') }).databaseHealth())).toBe(
      'client-certificate',
    );
    await server.stop();
  });
});
