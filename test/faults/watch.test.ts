// What goes wrong on the way to the API server, on real parts: each fault is on while users edit, create and delete, and others take
// things away. Every final state is seen, none is lost, and the provisioner's requests stay few.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { BASIC, type Subject } from '../cluster/support/subject.ts';
import type { Fault, FaultyCall, RunningFault } from '../kit/fault-proxy-stand-in.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { LOOPS, useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

/** Ten minutes in production: a change that no watch tells is seen within this time. */
const RELIST_SECONDS = 5;

const stage = useProxiedStage({ name: 'watch-faults', env: { RELIST_INTERVAL: `${RELIST_SECONDS}s` } });

beforeAll(async () => {
  const standing = [edited(), ...TROUBLES.flatMap((_, i) => [robbed(i + 1), scaled(i + 1)])];
  for (const server of standing) await server.apply(withImage('first'));
  for (const server of standing) await server.untilReady();
});

const edited = (): Subject => stage.subject('edited');
/** Those that others interfere with, in each round another one: the same thing done to one again and again would be a contest. */
const robbed = (n: number): Subject => stage.subject(`robbed-${n}`);
const scaled = (n: number): Subject => stage.subject(`scaled-${n}`);

const withImage = (tag: string): DittoServerSpec => ({ ...BASIC, image: `example.test/dittofs:${tag}` });

const imageOf = async (server: Subject): Promise<string | undefined> =>
  (await server.statefulSet())?.spec?.template.spec?.containers[0]?.image;

async function untilRuns(server: Subject, tag: string): Promise<void> {
  await waitFor(`${server.name} runs ${tag}`, async () => (await imageOf(server))?.endsWith(`:${tag}`), {
    timeoutMs: 60_000,
    seen: async () => `${await imageOf(server)}; ${await server.says()}`,
  });
}

interface Stirred {
  /** Resolves when everything that was done has had its consequence. */
  readonly seen: () => Promise<void>;
}

/** What users and others do in round `n`; the DittoServer that one round makes, the next one deletes. */
async function stir(n: number): Promise<Stirred> {
  const { admin } = stage.cluster;
  const [made, deleted] = [stage.subject(`made-${n}`), stage.subject(`made-${n - 1}`)];
  const configMap = await admin.get<KubeObject>(robbed(n).children.configMap);
  await made.apply(BASIC);
  for (const edit of ['a', 'b', 'c']) await edited().apply(withImage(`${n}-${edit}`));
  await admin.delete(robbed(n).children.configMap);
  await admin.patch(scaled(n).children.statefulSet, { spec: { replicas: 0 } });
  const existed = (await deleted.get()) !== undefined;
  if (existed) await deleted.delete();
  return {
    async seen() {
      await untilRuns(edited(), `${n}-c`);
      await waitFor('the ConfigMap is back', async () => {
        const now = await admin.get<KubeObject>(robbed(n).children.configMap);
        return now !== undefined && now.metadata.uid !== configMap?.metadata.uid;
      }, { timeoutMs: 60_000 }); // prettier-ignore
      await waitFor('it is scaled back', async () => (await scaled(n).statefulSet())?.spec?.replicas === 1, {
        timeoutMs: 60_000,
      });
      await made.untilReady();
      if (!existed) return;
      await waitFor(
        'the workflow of what was deleted ends',
        async () => (await deleted.workflow().describe()).status.name === 'COMPLETED',
        { timeoutMs: 60_000 },
      );
    },
  };
}

/**
 * Prints and bounds what the provisioner has asked for. Lists and watches: four at once, then one of each per kind and second. Reads
 * and writes: of at most fifty passes.
 */
function report(title: string, faults: readonly RunningFault[], beganMs: number): void {
  const seconds = (Date.now() - beganMs) / 1_000;
  const hits = faults.map((fault) => fault.hits());
  const { list, watch, read, write } = stage.proxy.counts(beganMs);
  const counted = `${list} lists, ${watch} watches, ${read} reads, ${write} writes`;
  tell(`fault run "${title}": ${seconds.toFixed(1)} s, hit ${hits.join(' and ')}; ${counted}`);
  expect(Math.min(...hits)).toBeGreaterThan(0);
  expect(list + watch).toBeLessThanOrEqual(LOOPS * (4 + 2 * seconds));
  expect(read + write).toBeLessThanOrEqual(50 * 25);
}

interface Trouble {
  readonly title: string;
  readonly faults: readonly Fault[];
  readonly of?: (call: FaultyCall) => boolean;
  /** Changes are seen while the fault is on; otherwise when it has ended. */
  readonly during: boolean;
  /** How long a fault is on that lets nothing through, ms. */
  readonly forMs?: number;
}

const isWatch = ({ kind }: FaultyCall): boolean => kind === 'watch';
const CUT: Fault = { does: 'cut', afterEvents: 0 };

const TROUBLES: readonly Trouble[] = [
  { title: 'watches are cut after each event', faults: [{ does: 'cut', afterEvents: 1 }], during: true },
  { title: 'every watch is too old, as an event (410)', faults: [{ does: 'expire', as: 'event' }, CUT], during: true },
  { title: 'every watch is too old, as an answer (410)', faults: [{ does: 'expire', as: 'status' }, CUT], during: true },
  { title: 'every watch holds a line of garbage', faults: [{ does: 'garbage' }], during: true },
  { title: 'watches are silent', faults: [{ does: 'mute' }], during: true },
  { title: 'watches trickle', faults: [{ does: 'drip', bytes: 1, everyMs: 50 }], of: isWatch, during: true },
  { title: 'every answer trickles', faults: [{ does: 'drip', bytes: 512, everyMs: 50 }], during: true },
  { title: '429 with Retry-After', faults: [{ does: 'throttle', retryAfterSeconds: 1 }, CUT], during: false, forMs: 5_000 },
  { title: 'every call is accepted and not answered', faults: [{ does: 'hold' }, CUT], during: false, forMs: 12_000 },
]; // prettier-ignore

describe('no change is lost and there is no storm when', () => {
  test.each(TROUBLES.map((trouble, i) => [trouble.title, i + 1, trouble] as const))('%s', async (title, n, trouble) => {
    const { faults, of, during, forMs = 0 } = trouble;
    const beganMs = Date.now();
    const running = faults.map((fault) => stage.proxy.begin(fault, of));
    try {
      const { seen } = await stir(n);
      if (during) await seen();
      await waitFor('the fault has been on for its time', () => Date.now() >= beganMs + forMs);
      report(title, running, beganMs);
      for (const fault of running) await fault.end();
      if (!during) await seen();
    } finally {
      for (const fault of running) await fault.end();
    }
    await edited().apply(withImage(`${n}-after`));
    await untilRuns(edited(), `${n}-after`);
    expect(stage.provisioner.isRunning()).toBe(true);
  });
});
