// List and watch under faults: whatever happens between, the sink ends up knowing what the server holds.
import type { Stored } from '../../../src/api/kubernetes.ts';
import { listWatch, type ListWatchOptions, type WatchSink, type WatchTrouble } from '../../../src/kube/index.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { answerText, type ApiServerStandIn, startApiServer, drop, ignore, refuse } from './api-server-stand-in.ts';

const pods = { kind: { apiVersion: 'v1', kind: 'Pod' }, namespace: 'ns' };

interface Watching {
  readonly server: ApiServerStandIn;
  /** name → uid/resourceVersion, as the sink was told. */
  readonly told: ReadonlyMap<string, string>;
  readonly calls: readonly string[];
  readonly troubles: readonly (WatchTrouble | undefined)[];
  readonly relists: readonly string[];
  readonly upsertFails: { times: number };
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(
  options: ListWatchOptions = {},
  prepare: (server: ApiServerStandIn) => void = () => undefined,
): Promise<Watching> {
  const server = await startApiServer();
  prepare(server);
  const told = new Map<string, string>();
  const calls: string[] = [];
  const troubles: (WatchTrouble | undefined)[] = [];
  const relists: string[] = [];
  const upsertFails = { times: 0 };
  const sink: WatchSink<Stored> = {
    upsert(object) {
      if (upsertFails.times-- > 0) throw new Error('the sink fails');
      calls.push(`+${object.metadata.name}`);
      told.set(object.metadata.name, `${object.metadata.uid}/${object.metadata.resourceVersion}`);
    },
    remove(gone) {
      calls.push(`-${gone.name} ${gone.uid}`);
      told.delete(gone.name);
    },
    synced: (reason) => void relists.push(reason),
    trouble: (trouble) => void troubles.push(trouble),
  };
  const kube = server.kube();
  const controller = new AbortController();
  const running = listWatch(kube, pods, sink, { maxBackOffMs: 100, ...options }).run(controller.signal);
  open.push(async () => {
    controller.abort();
    await running;
    kube.close();
    await server.stop();
  });
  return { server, told, calls, troubles, relists, upsertFails };
}

function held(server: ApiServerStandIn): Map<string, string> {
  return new Map(
    [...server.items.values()].map(({ metadata }) => [metadata.name, `${metadata.uid}/${metadata.resourceVersion}`]),
  );
}

/** The sink knows what the server holds, and the watch is open. */
async function settled({ server, told }: Watching): Promise<void> {
  await waitFor(
    'the sink knows what the server holds',
    () => {
      const wanted = held(server);
      return (
        server.watching() === 1 &&
        told.size === wanted.size &&
        [...wanted].every(([name, version]) => told.get(name) === version)
      );
    },
    { timeoutMs: 8_000, everyMs: 5 },
  );
}

test('tells what is there, what changes and what goes, each once', async () => {
  const w = await start({}, (server) => server.put('a'));
  await settled(w);
  w.server.put('b');
  w.server.put('a');
  w.server.remove('b');
  await settled(w);
  await waitFor('all calls', () => w.calls.length === 4, { timeoutMs: 2_000, everyMs: 5 });
  expect(w.calls).toEqual(['+a', '+b', '+a', '-b uid-b']);
  expect(w.relists).toEqual(['start']);
});

test('a cut connection is taken up where it was, without a new list', async () => {
  const w = await start();
  await settled(w);
  w.server.cutWatches();
  w.server.put('a');
  await settled(w);
  expect(w.server.lists()).toBe(1);
  expect(w.troubles).toEqual([]);
});

test('changes while the server is away are told afterwards, deletions and exchanged objects too', async () => {
  const w = await start({}, (server) => {
    server.put('kept');
    server.put('deleted');
    server.put('exchanged', {}, 'old');
  });
  await settled(w);
  w.server.always = drop;
  w.server.cutWatches();
  w.server.remove('deleted');
  w.server.remove('exchanged');
  w.server.put('exchanged', {}, 'new');
  w.server.compacted = w.server.version + 1;
  w.server.version += 5;
  w.server.always = undefined;
  await settled(w);
  expect(w.calls.slice(3)).toEqual(expect.arrayContaining(['-deleted uid-deleted', '-exchanged old', '+exchanged']));
  expect(w.calls.filter((call) => call === '+kept')).toHaveLength(1);
});

test('an expired position (410 as an event) leads to a new list at once', async () => {
  const w = await start();
  await settled(w);
  w.server.version += 50;
  w.server.compacted = w.server.version;
  w.server.cutWatches();
  await waitFor('a new list', () => w.relists.includes('gone'), { timeoutMs: 3_000, everyMs: 5 });
});

test.each([
  ['a line of garbage', '<html>\n'],
  ['an event without an object', '{"type":"ADDED"}\n'],
  [
    'an event of an unknown type',
    '{"type":"SURPRISE","object":{"metadata":{"name":"x","uid":"u","resourceVersion":"1"}}}\n',
  ],
  ['null', 'null\n'],
])('%s leads to a new list', async (_, line) => {
  const w = await start();
  await settled(w);
  w.server.inject(line);
  w.server.put('a');
  await settled(w);
  await waitFor('a new list', () => w.relists.includes('garbage'), { timeoutMs: 3_000, everyMs: 5 });
});

test('a line that is cut in the middle comes again', async () => {
  const w = await start();
  await settled(w);
  w.server.inject('{"type":"ADDED","object":{"meta');
  w.server.endWatches();
  w.server.put('a');
  await settled(w);
});

test('a silent watch is given up, one with bookmarks is not', async () => {
  const w = await start({ idleMs: 200 });
  await settled(w);
  const watches = (): number => w.server.seen.filter((s) => s.url.searchParams.has('watch')).length;
  const before = watches();
  const bookmarks = setInterval(() => w.server.bookmark(), 50);
  const until = Date.now() + 500;
  await waitFor('half a second', () => Date.now() > until, { timeoutMs: 2_000, everyMs: 20 });
  clearInterval(bookmarks);
  expect(watches()).toBe(before);
  await waitFor('a new watch', () => watches() > before, { timeoutMs: 3_000, everyMs: 5 });
});

test('a server that is silent from the start is given up, too', async () => {
  const w = await start({ idleMs: 100 });
  await settled(w);
  w.server.faults.push(ignore);
  w.server.cutWatches();
  w.server.put('a');
  await settled(w);
});

test('a watch whose bytes trickle without end does not put off the next list', async () => {
  const w = await start({ relistMs: 1_000 });
  await settled(w);
  w.server.faults.push((_, response) => {
    response.writeHead(200);
    const trickle = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(trickle));
  });
  w.server.cutWatches();
  await waitFor('the watch that trickles', () => w.server.faults.length === 0, { everyMs: 5 });
  w.server.put('a');
  await settled(w);
});

test('a line that never ends is no event', async () => {
  const w = await start();
  await settled(w);
  const megabyte = 'x'.repeat(1024 * 1024);
  for (let i = 0; i < 20; i += 1) w.server.inject(megabyte);
  await waitFor('a new list', () => w.relists.includes('garbage'), { timeoutMs: 30_000, everyMs: 5 });
});

test('the store was restored from a backup: found by the next list, and everything is told again (W1)', async () => {
  const w = await start({ relistMs: 1_500 }, (server) => {
    server.put('a');
    server.put('b');
  });
  await settled(w);
  w.server.rewindTo(50);
  w.server.endWatches(); // from now on a watch from the old number ends empty and clean
  w.server.put('a');
  await settled(w);
  await waitFor('everything told again', () => w.calls.filter((call) => call === '+b').length === 2, {
    timeoutMs: 3_000,
    everyMs: 5,
  });
  expect(w.relists).toContain('rewound');
});

test('an event with an older number than the last one leads to a new list', async () => {
  const w = await start({}, (server) => server.put('a'));
  await settled(w);
  w.server.rewindTo(7);
  w.server.put('a');
  await settled(w);
  await waitFor('a new list', () => w.relists.includes('rewound'), { timeoutMs: 3_000, everyMs: 5 });
});

test('lists again from time to time, and tells nothing twice', async () => {
  const w = await start({ relistMs: 1_000 }, (server) => server.put('a'));
  await settled(w);
  await waitFor('a periodic list', () => w.relists.includes('periodic'), { timeoutMs: 5_000, everyMs: 20 });
  expect(w.calls).toEqual(['+a']);
});

test('an API that is absent is told once, and served as soon as it is there', async () => {
  const w = await start({}, (server) => {
    server.always = answerText(404, '404 page not found\n');
  });
  await waitFor('several attempts', () => w.server.seen.length > 3, { timeoutMs: 3_000, everyMs: 5 });
  expect(w.troubles).toMatchObject([{ kind: 'api-absent', message: 'The API server does not serve Pod (v1)' }]);
  w.server.always = undefined;
  w.server.put('a');
  await settled(w);
  await waitFor('told that it works', () => w.troubles.at(-1) === undefined, { timeoutMs: 3_000, everyMs: 5 });
  expect(w.troubles).toHaveLength(2);
});

test('a withdrawn permission is told with the verb that lacks, and heals by itself (W4)', async () => {
  const w = await start();
  await settled(w);
  w.server.always = refuse(403, {
    reason: 'Forbidden',
    message: 'pods is forbidden: User "p" cannot watch resource "pods"',
  });
  w.server.cutWatches();
  await waitFor('told', () => w.troubles.length > 0, { timeoutMs: 3_000, everyMs: 5 });
  expect(w.troubles[0]).toMatchObject({ kind: 'forbidden' });
  expect(w.troubles[0]?.message).toContain('lacks the verb');
  w.server.always = undefined;
  w.server.put('a');
  await settled(w);
  await waitFor('told that it works', () => w.troubles.at(-1) === undefined, { timeoutMs: 3_000, everyMs: 5 });
});

test('waits as long as a busy server asks', async () => {
  const w = await start({}, (server) =>
    server.faults.push(refuse(429, { reason: 'TooManyRequests' }, { 'retry-after': '1' })),
  );
  const began = Date.now();
  await settled(w);
  expect(Date.now() - began).toBeGreaterThanOrEqual(900);
});

test('HTML instead of list and watch does no harm', async () => {
  const w = await start({}, (server) => server.faults.push(answerText(200, '<html>'), answerText(502, 'bad gateway')));
  await settled(w);
  w.server.faults.push(answerText(200, '<html>\n'), answerText(200, '<html>'));
  w.server.cutWatches();
  w.server.put('a');
  await settled(w);
});

test('an object that the consumer could not take comes again', async () => {
  const w = await start();
  await settled(w);
  w.upsertFails.times = 2;
  w.server.put('a');
  await settled(w);
});

test('no tight loop when each watch ends at once', async () => {
  const w = await start({ maxBackOffMs: 50 });
  await settled(w);
  w.server.always = (request, response) => {
    const list = { metadata: { resourceVersion: '100' }, items: [] };
    response.end(request.url.searchParams.has('watch') ? '' : JSON.stringify(list));
  };
  w.server.cutWatches();
  const before = w.server.seen.length;
  const until = Date.now() + 500;
  await waitFor('half a second', () => Date.now() > until, { timeoutMs: 2_000, everyMs: 20 });
  expect(w.server.seen.length - before).toBeLessThan(40);
  expect(w.relists).toContain('failures');
});

test('500 random changes and cuts: nothing is lost', async () => {
  const w = await start();
  await settled(w);
  for (let i = 0; i < 500; i += 1) {
    const name = `o${Math.floor(Math.random() * 20)}`;
    if (Math.random() < 0.3) w.server.remove(name);
    else w.server.put(name, {}, `uid-${Math.floor(i / 100)}`);
    if (i % 50 === 0) w.server.cutWatches();
    if (i % 120 === 60) w.server.inject('garbage\n');
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await settled(w);
});
