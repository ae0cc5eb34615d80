// The verbs of the client against a stand-in server: what is sent, and what each fault becomes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { connect, KubeError, loadKubeConfig, type Kube } from '../../../src/kube/index.ts';
import {
  answerText,
  type ApiServerStandIn,
  startApiServer,
  drop,
  ignore,
  refuse,
  type Fault,
} from './api-server-stand-in.ts';

let server: ApiServerStandIn;
let kube: Kube;

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.seen.length = 0;
  server.faults.length = 0;
  server.always = undefined;
  server.items.clear();
  kube = server.kube();
});
afterEach(() => kube.close());

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files-config', namespace: 'ns' } };
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'files-jwt', namespace: 'ns' } };
const stored = { metadata: { name: 'files-config', namespace: 'ns', uid: 'u', resourceVersion: '5' } };
const ok = (body: unknown): Fault => answerText(200, JSON.stringify(body));

async function failure(call: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error('no KubeError');
  return error;
}

describe('what is sent', () => {
  test('apply is a forced, strict server-side apply under our name', async () => {
    server.faults.push(ok(stored));
    const answer = await kube.apply(configMap);
    expect(answer).toEqual({ ...stored, apiVersion: 'v1', kind: 'ConfigMap' });
    const [seen] = server.seen;
    expect(seen?.method).toBe('PATCH');
    expect(seen?.url.pathname).toBe('/api/v1/namespaces/ns/configmaps/files-config');
    expect(Object.fromEntries(seen?.url.searchParams ?? [])).toEqual({
      fieldManager: 'dittoserver-provisioner',
      fieldValidation: 'Strict',
      force: 'true',
    });
    expect(seen?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(JSON.parse(seen?.body ?? '')).toEqual(configMap);
  });

  test('apply can leave foreign fields alone, write status and be tried out', async () => {
    server.faults.push(ok(stored));
    await kube.apply(configMap, { force: false, subresource: 'status', dryRun: true });
    expect(server.seen[0]?.url.pathname).toMatch(/\/status$/);
    expect(server.seen[0]?.url.searchParams.get('force')).toBeNull();
    expect(server.seen[0]?.url.searchParams.get('dryRun')).toBe('All');
  });

  test('delete carries its preconditions and says whether there was something to delete', async () => {
    server.faults.push(
      ok({ kind: 'Status', status: 'Success' }),
      refuse(404, { reason: 'NotFound', details: { name: 'x' } }),
    );
    await expect(kube.delete(configMap, { uid: 'u', resourceVersion: '5' })).resolves.toBe(true);
    await expect(kube.delete(configMap, { uid: 'u' }, { propagationPolicy: 'Orphan' })).resolves.toBe(false);
    expect(server.seen.map((s) => JSON.parse(s.body) as unknown)).toMatchObject([
      { preconditions: { uid: 'u', resourceVersion: '5' }, propagationPolicy: 'Background' },
      { preconditions: { uid: 'u' }, propagationPolicy: 'Orphan' },
    ]);
  });

  test('create and JSON patch', async () => {
    server.faults.push(ok(stored), ok(stored));
    await kube.create(configMap);
    await kube.patchJson(configMap, [{ op: 'remove', path: '/metadata/finalizers' }], { subresource: 'scale' });
    expect(server.seen.map((s) => [s.method, s.url.pathname, s.headers['content-type']])).toEqual([
      ['POST', '/api/v1/namespaces/ns/configmaps', 'application/json'],
      ['PATCH', '/api/v1/namespaces/ns/configmaps/files-config/scale', 'application/json-patch+json'],
    ]);
  });

  test('a list comes in pages, with apiVersion and kind in each item', async () => {
    for (let i = 0; i < 1201; i += 1) server.put(`o${i}`);
    const list = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, undefined, { labelSelector: 'app=x' });
    expect(list.items).toHaveLength(1201);
    expect(list.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
    expect(list.resourceVersion).toBe(String(server.version));
    expect(server.seen).toHaveLength(3);
    expect(server.seen[0]?.url.searchParams.get('labelSelector')).toBe('app=x');
    const short = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, 'ns', { limit: 2 });
    expect(short.items).toHaveLength(2);
  });

  test('only metadata is asked for where that is enough', async () => {
    server.faults.push(ok({ ...stored, kind: 'PartialObjectMetadata' }));
    await expect(kube.get(secret, { metadataOnly: true })).resolves.toMatchObject({ kind: 'Secret' });
    expect(server.seen[0]?.headers.accept).toContain('as=PartialObjectMetadata;');
  });

  test('a kind that we do not know is a fault of the program', async () => {
    await expect(kube.get({ ...configMap, kind: 'Gadget' })).rejects.toThrow('missing in the table of kinds');
  });
});

describe('faults', () => {
  test('an absent object is undefined, an absent API an error', async () => {
    server.faults.push(
      refuse(404, { reason: 'NotFound', details: { name: 'x' } }),
      answerText(404, '404 page not found\n'),
    );
    await expect(kube.get(configMap)).resolves.toBeUndefined();
    expect((await failure(kube.get(configMap))).kind).toBe('api-absent');
  });

  test('429 says when to come back', async () => {
    server.faults.push(refuse(429, { reason: 'TooManyRequests' }, { 'retry-after': '2' }));
    expect(await failure(kube.get(configMap))).toMatchObject({ kind: 'throttled', retryAfterMs: 2000 });
  });

  test('HTML, half JSON, JSON of another shape and a cut answer are not taken for an object', async () => {
    const halfAnswer: Fault = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"meta');
      setTimeout(() => response.destroy(), 5);
    };
    server.faults.push(
      answerText(200, '<html>'),
      answerText(200, '{"metadata'),
      ok({ items: 3 }),
      ok(null),
      halfAnswer,
    );
    const kinds = [];
    for (let i = 0; i < 5; i += 1) kinds.push((await failure(kube.get(configMap))).kind);
    expect(kinds).toEqual(['garbage', 'garbage', 'garbage', 'garbage', 'network']);
    server.faults.push(ok({ metadata: {} }));
    expect((await failure(kube.list(configMap, 'ns'))).kind).toBe('garbage');
  });

  test('a server that does not answer is given up at the deadline', async () => {
    server.faults.push(ignore);
    expect(await failure(kube.get(configMap, { timeoutMs: 50 }))).toMatchObject({
      kind: 'network',
      reason: 'Timeout',
      message: 'The API server did not answer within 0.05 s',
    });
  });

  test.each([
    ['of the client', undefined, '0.06 s'],
    ['of the call, where it has one', 40, '0.04 s'],
  ])('the deadline is that %s, for reads and writes', async (_, timeoutMs, told) => {
    const client = server.kube(60);
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    for (const call of [() => client.get(configMap, options), () => client.apply(configMap, options)]) {
      server.faults.push(ignore);
      expect((await failure(call())).message).toBe(`The API server did not answer within ${told}`);
    }
    client.close();
  });

  test('a server that is not there', async () => {
    const gone = await startApiServer();
    const client = gone.kube();
    await gone.stop();
    expect(await failure(client.version())).toMatchObject({ kind: 'network', reason: 'ECONNREFUSED' });
  });

  test('an abort is honoured before and during the call', async () => {
    server.always = ignore;
    const controller = new AbortController();
    const call = failure(kube.apply(configMap, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    expect((await call).kind).toBe('aborted');
    expect((await failure(kube.get(configMap, { signal: controller.signal }))).kind).toBe('aborted');
  });

  test('a pooled socket that died meanwhile is replaced for reads and applies, not for creates', async () => {
    const known = new Set<unknown>();
    let died = 0;
    server.always = (request, response) => {
      const pooled = known.has(response.socket);
      known.add(response.socket);
      if (pooled && died === 0) {
        died += 1;
        response.destroy();
      } else ok(stored)(request, response);
    };
    // Whether a socket is in the pool again already is the pool's affair: ask until one was used a second time.
    for (let calls = 0; calls < 50 && died === 0; calls += 1) await kube.get(configMap);
    expect(died).toBe(1);
    server.always = drop;
    expect((await failure(kube.create(configMap))).kind).toBe('network');
  });

  test("a user's token file is read for each call, watches too (W8)", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-client-'));
    const put = (file: string, text: string): void => writeFileSync(join(folder, file), text, { mode: 0o600 });
    const context = { cluster: 'c', user: 'u' };
    const config = {
      clusters: [{ name: 'c', cluster: { server: server.address(), 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'c', context }],
      'current-context': 'c',
    };
    put('kubeconfig', JSON.stringify(config));
    put('token', 'first\n');
    const client = connect(await loadKubeConfig({ KUBECONFIG: join(folder, 'kubeconfig') }));
    await client.list(configMap, 'ns');
    put('token', 'second\n');
    await client.list(configMap, 'ns');
    put('token', 'third\n');
    const signal = AbortSignal.timeout(5_000);
    const options = { resourceVersion: String(server.version), timeoutSeconds: 1, idleMs: 5_000, signal };
    for await (const event of client.watch(configMap, 'ns', options)) throw new Error(event.type);
    client.close();
    rmSync(folder, { recursive: true });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer third',
    ]);
  });

  test('credentials that cannot be read are told without what was read', async () => {
    const client = connect({
      getCurrentCluster: () => ({ name: 'c', server: 'http://127.0.0.1:1', skipTLSVerify: true }),
      applyToHTTPSOptions: () => Promise.reject(Object.assign(new Error('hunter2'), { code: 'ENOENT' })),
    });
    const error = await failure(client.version());
    expect(error).toMatchObject({
      kind: 'unauthorized',
      message: 'The credentials for the API server cannot be read (ENOENT)',
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });
});

describe('no secret value in any error (C3)', () => {
  const echo = (code: number): Fault => {
    return (request, response) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      const said = {
        kind: 'Status',
        code,
        reason: request.body,
        message: request.body,
        details: { name: request.body, causes: [{ field: request.body, message: request.body }] },
      };
      response.end(JSON.stringify(said));
    };
  };
  const echoText = (code: number): Fault => {
    return (request, response) => {
      response.writeHead(code);
      response.end(`oops ${request.body}`);
    };
  };
  const body = { ...secret, data: { key: 'aHVudGVyMg==' } };

  test.each([200, 400, 403, 404, 409, 410, 422, 429, 500, 502])(
    'HTTP %i with an answer that echoes the Secret',
    async (code) => {
      for (const fault of code === 200 ? [echoText(code)] : [echo(code), echoText(code)]) {
        server.always = fault;
        for (const call of [
          kube.apply(body),
          kube.create(body),
          kube.patchJson(secret, [{ op: 'add', path: '/data', value: body.data }]),
        ]) {
          const error = await failure(call);
          expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('aHVudGVyMg==');
          expect(error.cause).toBeUndefined();
        }
      }
    },
  );
});

describe('writes', () => {
  test('at most eight are in flight, and those marked first go before the rest', async () => {
    const open: (() => void)[] = [];
    let most = 0;
    const order: string[] = [];
    server.always = (request, response) => {
      order.push(request.url.pathname.split('/').at(-1) ?? '');
      open.push(() => ok(stored)(request, response));
      most = Math.max(most, open.length);
    };
    const named = (name: string) => ({ ...configMap, metadata: { name, namespace: 'ns' } });
    const writes = Array.from({ length: 12 }, (_, i) => kube.apply(named(`plain-${i}`)));
    const first = kube.apply(named('first'), { first: true });
    const until = Date.now() + 5_000;
    while (order.length < 13 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (open.length === 8 || order.length > 8) open.shift()?.();
    }
    for (const finish of open.splice(0)) finish();
    await Promise.all([...writes, first]);
    expect(most).toBe(8);
    expect(order.indexOf('first')).toBe(8);
  });

  test('one that waits for a slot can be given up', async () => {
    server.always = ignore;
    const controller = new AbortController();
    const stuck = Array.from({ length: 8 }, () => failure(kube.apply(configMap, { signal: controller.signal })));
    expect((await failure(kube.apply(configMap, { timeoutMs: 30 }))).reason).toBe('Timeout');
    controller.abort();
    expect((await Promise.all(stuck)).every((error) => error.kind === 'aborted')).toBe(true);
    server.always = ok(stored);
    await expect(kube.apply(configMap)).resolves.toBeDefined();
  });
});
