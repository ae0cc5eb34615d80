// Secrets that nobody refers to, as Helm leaves them by the thousand: they cost the provisioner next to nothing, and none of their values
// enters its process. 10,000 of 100 KB would be half of what etcd allows a store (2 GiB) and minutes to make, so they are of 10 KB here; to
// a list and a watch of metadata their size makes no difference.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { BASIC } from '../cluster/support/subject.ts';
import { useStage } from '../cluster/support/stage.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace, type Workspace } from '../kit/workspace.ts';
import { tell } from '../kit/tell.ts';

const stage = useStage({ name: 'foreign', own: { percona: false }, provisioner: false });

const SECRETS = 10_000;
const IN_FLIGHT = 24;
const MB = 1024 * 1024;
/** What every foreign value begins with; the rest is random. */
const MARK = `foreign-${randomBytes(12).toString('hex')}`;

let workspace: Workspace;
beforeAll(() => {
  workspace = createWorkspace('foreign-secrets');
});
afterAll(() => workspace.dispose());

async function makeSecrets(namespace: string): Promise<void> {
  let next = 0;
  const filler = randomBytes(5_000).toString('hex');
  const one = async (): Promise<void> => {
    while (next < SECRETS) {
      const name = `release-${(next += 1)}`;
      const value = Buffer.from(`${MARK}${name}${filler}`).toString('base64');
      await stage.cluster.admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, labels: { owner: 'helm' } }, data: { release: value } }); // prettier-ignore
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
}

/** Resident bytes, the same for three seconds: memory that was given back is still on its way down. */
async function settledRss(provisioner: Provisioner): Promise<number> {
  const rss = (): number =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${provisioner.pid()}/status`, 'utf8'))?.[1]) * 1024;
  let last = 0;
  await waitFor(
    'the memory of the provisioner is settled',
    () => {
      const now = rss();
      const isSettled = Math.abs(now - last) < MB;
      last = now;
      return isSettled;
    },
    { everyMs: 3_000, timeoutMs: 60_000 },
  );
  return last;
}

const start = (): Promise<Provisioner> =>
  // All namespaces, as it is shipped.
  stage.start({ watchNamespaces: '', workspace, env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${workspace.folder}` } }); // prettier-ignore

/**
 * Has the process collect its garbage and write what is left to a file; returns that. Before, its memory is mostly what V8 had
 * for lists that are decoded and thrown away: 35 MB less to 52 MB more from one start to the next.
 */
async function heapSnapshot(provisioner: Provisioner): Promise<string> {
  const before = readdirSync(workspace.folder);
  process.kill(provisioner.pid(), 'SIGUSR2');
  return waitFor('a heap snapshot', () => {
    const file = readdirSync(workspace.folder).find((name) => name.endsWith('.heapsnapshot') && !before.includes(name));
    const text = file === undefined ? '' : readFileSync(`${workspace.folder}/${file}`, 'utf8');
    return text.trimEnd().endsWith(']}') ? text : undefined;
  }, { timeoutMs: 90_000, everyMs: 1_000 }); // prettier-ignore
}

interface Used {
  readonly rss: number;
  readonly heap: string;
}

/** Starts a provisioner, has it work for one DittoServer, and says what it holds when its garbage is gone; ends it. */
async function used(name: string): Promise<Used> {
  const provisioner = await start();
  await stage.subject(name).apply(BASIC);
  await stage.subject(name).untilReady();
  const heap = await heapSnapshot(provisioner);
  const rss = await settledRss(provisioner);
  await provisioner.kill('SIGTERM');
  return { rss, heap };
}

test('10,000 foreign Secrets of 10 KB: ready, less than 50 MB more memory, and none of their values in the heap (W9)', async () => {
  const without = await used('before');
  const beganMs = Date.now();
  await makeSecrets(await stage.another('helm'));
  const madeMs = Date.now() - beganMs;
  const { rss, heap } = await used('after');
  tell(
    `${SECRETS} foreign Secrets (made in ${madeMs} ms): RSS ${Math.round(rss / MB)} MB, without them ${Math.round(without.rss / MB)} MB; ` +
      `heap snapshot of ${Math.round(heap.length / MB)} MB, without them ${Math.round(without.heap.length / MB)} MB`,
  );
  expect((rss - without.rss) / MB).toBeLessThan(50);
  expect((heap.length - without.heap.length) / MB).toBeLessThan(10);
  expect(heap).toContain('dittoserver-provisioner');
  expect(heap.includes(MARK)).toBe(false);
  expect(heap.includes(Buffer.from(MARK).toString('base64').slice(0, 24))).toBe(false);
});
