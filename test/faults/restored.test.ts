// The store of the API server is restored from a backup: its numbers go backwards, and watches from numbers that do not exist any more hear
// nothing. What changes afterwards is seen within the relist bound (ten minutes in production, five seconds here), without a restart.
import { BASIC } from '../cluster/support/subject.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

const RELIST_SECONDS = 5;
const stage = useProxiedStage({
  name: 'restored',
  numbersAhead: true,
  env: { RELIST_INTERVAL: `${RELIST_SECONDS}s` },
});

async function relists(reason: string): Promise<number> {
  const metrics = await (await fetch(`${stage.provisioner.url}/metrics`)).text();
  const lines = metrics.split('\n').filter((line) => line.startsWith('dittoserver_relists_total'));
  const counted = lines
    .filter((line) => line.includes(`reason="${reason}"`))
    .map((line) => Number(line.split(' ').at(-1)));
  return counted.reduce((sum, count) => sum + count, 0);
}

test('numbers that go backwards: edits are followed, lost children come back, and the metric tells of it (W1)', async () => {
  const server = stage.subject('server');
  const lost = stage.subject('lost');
  await server.apply(BASIC);
  await lost.apply(BASIC);
  await server.untilReady();
  await lost.untilReady();
  const pid = stage.provisioner.pid();
  expect(await relists('rewound')).toBe(0);

  stage.proxy.rewind();
  const beganMs = Date.now();
  await server.apply({ ...BASIC, image: 'example.test/dittofs:next' });
  await stage.cluster.admin.delete(lost.children.configMap);
  await waitFor(
    'the StatefulSet follows',
    async () => (await server.statefulSet())?.spec?.template.spec?.containers[0]?.image === 'example.test/dittofs:next',
    { timeoutMs: 60_000, seen: server.says },
  );
  await waitFor('the ConfigMap is back', () => stage.cluster.admin.get(lost.children.configMap), { timeoutMs: 60_000 });
  await waitFor('the metric of relists goes up', async () => (await relists('rewound')) > 0);
  await server.untilReady();
  const { list, watch } = stage.proxy.counts(beganMs);
  tell(
    `restored store: followed after ${Date.now() - beganMs} ms, ${list} lists, ${watch} watches, ${await relists('rewound')} relists of reason "rewound"`,
  );
  expect(stage.provisioner.pid()).toBe(pid);
  expect(stage.provisioner.isRunning()).toBe(true);
});
