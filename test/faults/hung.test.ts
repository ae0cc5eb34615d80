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

/** What /healthz says, each time that it is another, until the process has ended. */
async function lastWords(): Promise<readonly number[]> {
  const said: number[] = [];
  while (stage.provisioner.isRunning()) {
    const status = await healthz().catch(() => 0);
    if (status !== 0 && said.at(-1) !== status) said.push(status);
    await pause(20);
  }
  return said;
}

test('a hung API endpoint and a broken worker: not alive, then an exit with an error; all converge afterwards (E2)', async () => {
  const [basic, percona] = [stage.subject('basic'), stage.subject('percona')];
  await basic.apply(BASIC);
  await basic.untilReady();
  expect(await healthz()).toBe(200);

  const held = stage.proxy.begin({ does: 'hold' });
  await percona.apply(PERCONA);
  await basic.apply({ ...BASIC, image: 'example.test/dittofs:next' });
  await waitFor('an activity hangs', () => held.hits() > 0);
  // An endpoint that hangs is no reason to start anew.
  expect(await healthz()).toBe(200);

  const beganMs = Date.now();
  const spoken = lastWords();
  const { code } = await stage.provisioner.kill('SIGUSR2');
  const ms = Date.now() - beganMs;
  tell(`broken worker: exit code ${code} after ${ms} ms; /healthz said ${(await spoken).join(', ')}`);
  expect(code).toBe(1);
  expect(ms).toBeLessThan(FORCED_END_MS);
  expect(await spoken).toEqual([200, 503]);

  await held.end();
  await stage.provisioner.start();
  for (const server of [basic, percona]) await server.untilReady();
  expect((await basic.statefulSet())?.spec?.template.spec?.containers[0]?.image).toBe('example.test/dittofs:next');
});
