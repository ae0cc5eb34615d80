// The token of the service account is replaced while nothing goes on, and the old one is revoked at once.
import { writeFileSync } from 'node:fs';
import { BASIC } from '../cluster/support/subject.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

const stage = useProxiedStage({ name: 'token', token: 'the-first-token', env: { RELIST_INTERVAL: '5s' } });

test('a token that is replaced and revoked while idle: list, watch, patch and status go on, at most one 401 (W8)', async () => {
  const server = stage.subject('server');
  await server.apply(BASIC);
  await server.untilReady();
  await server.untilQuiet();
  expect(stage.proxy.counts().refused).toBe(0);

  const beganMs = Date.now();
  writeFileSync(stage.tokenFile, 'the-second-token\n');
  stage.proxy.requireToken('the-second-token');
  await server.apply({ ...BASIC, image: 'example.test/dittofs:next' });
  await waitFor(
    'the StatefulSet follows',
    async () => (await server.statefulSet())?.spec?.template.spec?.containers[0]?.image === 'example.test/dittofs:next',
    { seen: server.says },
  );
  await server.untilReady();
  await waitFor('everything is listed again and watched', () => {
    const { list, watch } = stage.proxy.counts(beganMs);
    return list >= 12 && watch >= 12;
  });
  const { list, watch, write, refused } = stage.proxy.counts(beganMs);
  tell(`rotated token: ${list} lists, ${watch} watches, ${write} writes, ${refused} answers of 401`);
  expect(refused).toBeLessThanOrEqual(1);
  expect(stage.provisioner.isRunning()).toBe(true);
});
