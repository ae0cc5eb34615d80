// The certificate by which the provisioner is let in to Temporal is renewed on disk, as cert-manager does it, and the old one counts no more.
import { renameSync, writeFileSync } from 'node:fs';
import { tell } from '../kit/tell.ts';
import { startTlsFront, type TlsFront } from '../kit/tls-front.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { certificatesIn } from './support/certificates.ts';
import { useStage } from './support/stage.ts';
import { BASIC } from './support/subject.ts';

const stage = useStage({ name: 'renewed', provisioner: false });
const workspace = createWorkspace('renewed');
const certificates = certificatesIn(workspace.folder);
let front: TlsFront;

/** Puts another certificate where the provisioner looks for its own; each file whole, one after the other. */
function use(name: string): void {
  for (const kind of ['crt', 'key']) {
    writeFileSync(certificates.file(`next.${kind}`), certificates.pem(`${name}.${kind}`));
    renameSync(certificates.file(`next.${kind}`), certificates.file(`used.${kind}`));
  }
}

beforeAll(async () => {
  for (const authority of ['server-ca', 'old-ca', 'new-ca']) await certificates.authority(authority);
  await certificates.signed('server', 'server-ca', 'localhost');
  await certificates.signed('old', 'old-ca', 'provisioner');
  await certificates.signed('new', 'new-ca', 'provisioner');
  use('old');
  const port = Number(stage.cluster.temporalAddress?.split(':').at(-1));
  const [cert, key, clientCa] = [certificates.pem('server.crt'), certificates.pem('server.key'), certificates.pem('old-ca.crt')]; // prettier-ignore
  front = await startTlsFront(port, { cert, key, clientCa });
});
afterAll(async () => {
  await front.close();
  await workspace.dispose();
});

test('worker and watcher go on with the renewed one, without a restart; without it they say that Temporal does not answer (R4)', async () => {
  const provisioner = await stage.start({
    env: {
      TEMPORAL_ADDRESS: `localhost:${front.port}`,
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.file('used.crt'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.file('used.key'),
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.file('server-ca.crt'),
    },
  });
  try {
    const pid = provisioner.pid();
    const before = stage.subject('before');
    await before.apply(BASIC);
    await before.untilReady();

    front.trust(certificates.pem('new-ca.crt'));
    const isReady = async (): Promise<boolean> => (await fetch(`${provisioner.url}/readyz`)).ok;
    await waitFor('the old certificate counts no more', async () => !(await isReady()), { timeoutMs: 60_000 });

    const sinceMs = Date.now();
    use('new');
    await waitFor('Temporal answers again', isReady, { timeoutMs: 60_000 });
    const after = stage.subject('after');
    await after.apply(BASIC);
    await after.untilReady();
    tell(`a renewed certificate is used ${((Date.now() - sinceMs) / 1_000).toFixed(1)} s after it is there`);
    expect(provisioner.pid()).toBe(pid);
    expect(provisioner.isRunning()).toBe(true);
  } finally {
    await provisioner.stop();
  }
});
