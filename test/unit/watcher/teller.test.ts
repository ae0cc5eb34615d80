// The condition EngineReachable: what it says, when it is written, and how seldom; on a fake clock, with a stand-in for the API server.
import { pino } from 'pino';
import type { DittoServer } from '../../../src/api/generated/ditto-server.ts';
import type { KubeObject, Stored } from '../../../src/api/kubernetes.ts';
import { KubeError, type ApplyOptions, type Kube, type KubeErrorKind } from '../../../src/kube/index.ts';
import { opinionsNow } from '../../../src/watcher/opinions.ts';
import type { Overdue } from '../../../src/watcher/nudges.ts';
import { createTeller, WATCHER_MANAGER, type Teller } from '../../../src/watcher/teller.ts';
import { temporalTrouble } from '../../../src/watcher/trouble.ts';
import type { Telling } from '../../../src/watcher/visits.ts';
import type { ServerKey } from '../../../src/watcher/directory.ts';

const START_MS = 1_800_000_000_000;
type Condition = NonNullable<NonNullable<DittoServer['status']>['conditions']>[number];
interface Applied {
  readonly name: string;
  readonly status: string | undefined;
  readonly message: string | undefined;
}

let stored: Map<ServerKey, Stored<DittoServer>>;
let applied: Applied[];
let version: number;
let failing: KubeErrorKind | undefined;
let holds: boolean;
let teller: Teller;
let due: Map<ServerKey, Overdue>;
let found: Map<ServerKey, Telling | 'moves'>;
let logged: string[];

function conditionIn(object: KubeObject): Condition | undefined {
  return (object as { status?: { conditions?: Condition[] } }).status?.conditions?.[0];
}

/** As server-side apply of the status does: the condition of the one manager comes, changes or goes. */
function applyStandIn(object: KubeObject, options: ApplyOptions = {}): Promise<Stored<DittoServer>> {
  expect(options).toMatchObject({ subresource: 'status', fieldManager: WATCHER_MANAGER });
  if (failing !== undefined) {
    const about = { verb: 'patch' as const, kind: object, object: `DittoServer ${object.metadata.name}` };
    return Promise.reject(new KubeError(failing, { about, code: 403 }));
  }
  const { name, namespace = '', uid } = object.metadata;
  const key: ServerKey = `${namespace}/${name}`;
  const before = stored.get(key);
  expect(uid).toBe(before?.metadata.uid);
  const condition = conditionIn(object);
  applied.push({ name, status: condition?.status, message: condition?.message });
  const next = server(name, { condition, generation: before?.metadata.generation ?? 1 });
  stored.set(key, next);
  return Promise.resolve(next);
}

function server(
  name: string,
  more: { condition?: Condition | undefined; generation?: number; looked?: boolean } = {},
): Stored<DittoServer> {
  const { condition, generation = 1, looked = true } = more;
  version += 1;
  const managedFields = [{ manager: WATCHER_MANAGER, operation: 'Apply', subresource: 'status' }];
  const metadata = { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: String(version), generation };
  return {
    apiVersion: 'dittofs.dittofs.com/v1alpha1',
    kind: 'DittoServer',
    metadata: { ...metadata, ...(condition && { managedFields }) },
    spec: { storage: { metadataSize: '1Gi' } },
    status: { observedGeneration: looked ? generation : -1, conditions: condition ? [condition] : [] },
  };
}

function put(name: string, more: Parameters<typeof server>[1] = {}): void {
  const object = server(name, more);
  stored.set(`ns/${name}`, object);
  teller.observe(object);
}

beforeEach(() => {
  jest.useFakeTimers({ now: START_MS });
  stored = new Map();
  due = new Map();
  found = new Map();
  [applied, logged, version, failing, holds] = [[], [], 100, undefined, true];
  teller = createTeller({
    kube: { apply: applyStandIn } as unknown as Kube,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    mayWrite: () => holds,
  });
});
afterEach(() => jest.useRealTimers());

const grpc = (code: number): Error => Object.assign(new Error('hunter2'), { code, details: 'hunter2', metadata: {} });

/** A round each second, as the watcher takes it, or more seldom. */
async function rounds(count: number, everyMs = 1_000): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await teller.round(
      opinionsNow({
        nudges: {
          overdue: (afterMs) => [...due.values()].filter(({ turnMs }) => turnMs <= Date.now() - afterMs),
          isDue: (key) => due.has(key),
        },
        visits: { found: (key) => found.get(key) },
        trouble: (error) => temporalTrouble(error, { address: 'temporal:7233', namespace: 'ns' }),
        stalledAfterMs: 60_000,
      }),
    );
    await jest.advanceTimersByTimeAsync(everyMs);
  }
}
const isDue = (name: string, error: unknown): void =>
  void due.set(`ns/${name}`, { key: `ns/${name}`, turnMs: Date.now(), error });
const taken = (name: string): void => void due.delete(`ns/${name}`);

test('in calm operation nothing is ever written', async () => {
  for (let i = 0; i < 50; i += 1) put(`s${i}`);
  for (let i = 0; i < 50; i += 1) found.set(`ns/s${i}`, 'moves');
  isDue('s1', undefined);
  await rounds(20);
  taken('s1');
  await rounds(600);
  expect(applied).toEqual([]);
});

test('an hour without Temporal and 1,000 DittoServers: who has a change waiting is told after half a minute, once, and told back once', async () => {
  for (let i = 0; i < 1_000; i += 1) put(`s${i}`);
  for (let i = 0; i < 100; i += 1) isDue(`s${i}`, grpc(14));
  await rounds(29);
  expect(applied).toEqual([]);
  await rounds(360, 10_000);
  expect(applied).toHaveLength(100);
  expect(applied[0]).toEqual({
    name: 's0',
    status: 'False',
    message: 'changes of this DittoServer wait: Temporal at temporal:7233 does not answer',
  });
  for (let i = 0; i < 100; i += 1) taken(`s${i}`);
  await rounds(60);
  expect(applied).toHaveLength(200);
  expect(applied.slice(100).every(({ status }) => status === undefined)).toBe(true);
});

test('a DittoServer that nobody has looked at yet is told after five seconds (E8)', async () => {
  put('new', { looked: false });
  isDue('new', grpc(5));
  await rounds(5);
  expect(applied).toEqual([]);
  await rounds(2);
  expect(applied).toEqual([
    {
      name: 'new',
      status: 'False',
      message: 'changes of this DittoServer wait: Temporal has no namespace "ns": create it, or set TEMPORAL_NAMESPACE',
    },
  ]);
});

test.each([
  [undefined, 'EngineUnreachable', true],
  [4, 'EngineUnreachable', true],
  [14, 'EngineUnreachable', true],
  [5, 'EngineNamespaceMissing', true],
  [7, 'EngineRefuses', true],
  [8, 'EngineRefuses', false],
  [16, 'EngineRefuses', true],
  [13, 'EngineRefuses', false],
])('gRPC status %s is told as %s, in our own words', (code, reason, away) => {
  const error = code === undefined ? new Error('hunter2') : new Error('outer', { cause: grpc(code) });
  const trouble = temporalTrouble(error, { address: 'temporal:7233', namespace: 'ns' });
  expect(trouble).toMatchObject({ reason, away });
  expect(trouble.message).not.toContain('hunter2');
});

const STALLED: Telling = { status: 'Unknown', reason: 'EngineStalled', message: 'stuck' };

test('a stuck run is told, stays told by a new holder of the Lease until it has been there, and is told back', async () => {
  put('files');
  found.set('ns/files', STALLED);
  await rounds(10);
  expect(applied).toEqual([{ name: 'files', status: 'Unknown', message: 'stuck' }]);
  found.clear();
  await rounds(60);
  expect(applied).toHaveLength(1);
  found.set('ns/files', 'moves');
  await rounds(10);
  expect(applied[1]).toEqual({ name: 'files', status: undefined, message: undefined });
});

test('Temporal away counts more than a stuck run, and the time of the condition is that of its status', async () => {
  put('files');
  found.set('ns/files', STALLED);
  await rounds(5);
  const timeOf = (): string | undefined => stored.get('ns/files')?.status?.conditions?.[0]?.lastTransitionTime;
  const first = timeOf();
  found.set('ns/files', { ...STALLED, message: 'still stuck' });
  await rounds(10);
  expect(timeOf()).toBe(first);
  isDue('files', grpc(14));
  await rounds(40);
  expect(timeOf()).not.toBe(first);
  expect(applied.map(({ status }) => status)).toEqual(['Unknown', 'Unknown', 'False']);
});

test('what is due for a moment after a start takes nothing back', async () => {
  const told = { type: 'EngineReachable', status: 'False', reason: 'EngineUnreachable', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' } as const; // prettier-ignore
  put('files', { condition: told });
  isDue('files', grpc(14));
  await rounds(20);
  expect(applied).toEqual([]);
  taken('files');
  await rounds(1);
  expect(applied).toHaveLength(1);
});

test('a condition that somebody else put there is none of ours', async () => {
  const object = server('files', { condition: { type: 'EngineReachable', status: 'True', reason: 'X', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' } }); // prettier-ignore
  const foreign = { ...object, metadata: { ...object.metadata, managedFields: [] } };
  stored.set('ns/files', foreign);
  teller.observe(foreign);
  await rounds(60);
  expect(applied).toEqual([]);
});

test('whoever keeps overwriting the condition gets no storm', async () => {
  put('files');
  found.set('ns/files', STALLED);
  for (let second = 0; second < 60; second += 1) {
    await rounds(1);
    put('files');
  }
  expect(applied.length).toBeLessThanOrEqual(13);
  expect(applied.length).toBeGreaterThan(5);
});

test('a refused write is logged and all of them pause, one of a DittoServer that is gone does not matter', async () => {
  for (let i = 0; i < 100; i += 1) put(`s${i}`);
  for (let i = 0; i < 100; i += 1) found.set(`ns/s${i}`, STALLED);
  failing = 'forbidden';
  await rounds(60);
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.length).toBeLessThanOrEqual(4 * 7);
  failing = 'uid-mismatch';
  logged = [];
  await rounds(20);
  expect(logged).toEqual([]);
  failing = undefined;
  await rounds(20);
  expect(applied).toHaveLength(100);
});

test('a DittoServer of which something else is wrong holds up no other, and is left alone for ten minutes', async () => {
  for (let i = 0; i < 20; i += 1) put(`s${i}`);
  for (let i = 0; i < 20; i += 1) found.set(`ns/s${i}`, STALLED);
  failing = 'stored-schema';
  await rounds(60);
  expect(logged).toHaveLength(20);
  failing = undefined;
  await rounds(60);
  expect(applied).toEqual([]);
  await rounds(600);
  expect(applied).toHaveLength(20);
});

test('nothing is written without the Lease', async () => {
  put('files');
  found.set('ns/files', STALLED);
  holds = false;
  await rounds(20);
  expect(applied).toEqual([]);
});

test('an event that is older than the answer to our own write causes no second write: that of the write follows', async () => {
  put('files');
  const old = stored.get('ns/files');
  found.set('ns/files', STALLED);
  await rounds(1);
  if (old) teller.observe(old);
  await rounds(3);
  const own = stored.get('ns/files');
  if (own) teller.observe(own);
  await rounds(30);
  expect(applied).toHaveLength(1);
});

test('when the event of our own write does not follow, one more write tells how things are, and no third', async () => {
  put('files');
  const old = stored.get('ns/files');
  found.set('ns/files', STALLED);
  await rounds(1);
  if (old) teller.observe(old);
  await rounds(60);
  expect(applied).toHaveLength(2);
});

describe('after the store was restored, and versions are lower than those that were seen (W1)', () => {
  const told = { type: 'EngineReachable', ...STALLED, lastTransitionTime: '2026-01-01T00:00:00Z' } as const;

  test('a condition that is lost is told again, once', async () => {
    found.set('ns/files', STALLED);
    put('files', { condition: told });
    version = 10;
    put('files');
    await rounds(60);
    expect(applied).toHaveLength(1);
  });

  test('a condition that came back is taken away, once', async () => {
    found.set('ns/files', 'moves');
    put('files');
    version = 10;
    put('files', { condition: told });
    await rounds(60);
    expect(applied).toEqual([{ name: 'files', status: undefined, message: undefined }]);
  });

  test.each([
    ['lost', STALLED, undefined, 'Unknown'],
    ['back', 'moves', told, undefined],
  ] as const)(
    'right after our own write, a condition that is %s is noticed, too',
    async (_, opinion, condition, status) => {
      put('files', { condition: opinion === 'moves' ? told : undefined });
      found.set('ns/files', opinion);
      await rounds(1);
      expect(applied).toHaveLength(1);
      version = 10;
      put('files', { condition });
      await rounds(60);
      expect(applied).toHaveLength(2);
      expect(applied[1]?.status).toBe(status);
    },
  );

  test('an answer with a lower version is believed although no event tells of the restore', async () => {
    put('files');
    found.set('ns/files', STALLED);
    version = 10;
    await rounds(60);
    expect(applied).toHaveLength(1);
  });
});

test('a DittoServer that is gone before the answer to our write comes is not written to again', async () => {
  put('files');
  found.set('ns/files', STALLED);
  const under = rounds(1);
  teller.forget('ns/files');
  await under;
  found.set('ns/files', { ...STALLED, message: 'still stuck' });
  await rounds(60);
  expect(applied).toHaveLength(1);
});
