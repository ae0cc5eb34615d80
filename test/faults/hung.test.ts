// An API server that accepts and never answers, and a worker that breaks: the process says that it is not alive any more and ends by
// itself, so that Kubernetes starts another.
import { join } from 'node:path';
import { BASIC, PERCONA } from '../cluster/support/subject.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

const breaker = join(import.meta.dirname, 'support', 'break-workflow-thread.ts');
const stage = useProxiedStage({ name: 'hung', env: { NODE_OPTIONS: `--import=${breaker}` } });

/** The longest that a worker may take to its end, with the time to notice it on a busy machine. */
const FORCED_END_MS = 30_000;

const healthz = async (): Promise<number> => (await fetch(`${stage.provisioner.url}/healthz`)).status;

/** Adds what /healthz says, each time that it is another, until the process has ended. */
async function listen(said: number[]): Promise<void> {
  while (stage.provisioner.isRunning()) {
    const status = await healthz().catch(() => 0);
    if (status !== 0 && said.at(-1) !== status) said.push(status);
    await pause(20);
  }
}

test('a hung API endpoint and a broken worker: not alive, then an exit with an error; all converge afterwards (E2)', async () => {
  const [basic, percona] = [stage.subject('basic'), stage.subject('percona')];
  await basic.apply(BASIC);
  await basic.untilReady();
  expect(await healthz()).toBe(200);

  const heldMs = Date.now();
  const held = stage.proxy.begin({ does: 'hold' });
  await percona.apply(PERCONA);
  await basic.apply({ ...BASIC, image: 'example.test/dittofs:next' });
  // What is held first may be the lease, or a watch that is opened anew.
  const isActivity = ({ kind, resource, atMs }: ReturnType<typeof stage.proxy.calls>[number]): boolean =>
    kind === 'read' && resource === 'dittoservers' && atMs >= heldMs;
  await waitFor('an activity hangs', () => held.hits() > 0 && stage.proxy.calls().some(isActivity));
  // An endpoint that hangs is no reason to start anew.
  expect(await healthz()).toBe(200);

  const said: number[] = [];
  const listening = listen(said);
  await waitFor('it is heard before it breaks', () => said.length > 0, { everyMs: 10 });
  const beganMs = Date.now();
  const { code } = await stage.provisioner.kill('SIGUSR2');
  const ms = Date.now() - beganMs;
  await listening;
  tell(`broken worker: exit code ${code} after ${ms} ms; /healthz said ${said.join(', ')}`);
  expect(code).toBe(1);
  expect(ms).toBeLessThan(FORCED_END_MS);
  expect(said).toEqual([200, 503]);

  await held.end();
  await stage.provisioner.start();
  for (const server of [basic, percona]) await server.untilReady();
  expect((await basic.statefulSet())?.spec?.template.spec?.containers[0]?.image).toBe('example.test/dittofs:next');
});
