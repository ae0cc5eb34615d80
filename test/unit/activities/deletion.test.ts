// What stays of a DittoServer that is gone is told, by whatever it can be known: labels, or names alone.
import { smallWorld, type SmallWorld } from './small-world.ts';

const claim = (name: string, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...(labels && { labels }) },
});
const OWN = { app: 'dittofs-server', instance: 'files' };
const of = (cluster: string) => ({
  'postgres-operator.crunchydata.com/cluster': cluster,
  'postgres-operator.crunchydata.com/data': 'postgres',
});

/** Deleted, with these claims left: what the event says. */
async function told(...claims: readonly ReturnType<typeof claim>[]): Promise<string> {
  const world: SmallWorld = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  for (const one of claims) world.kube.put(one, 'somebody');
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  const notes = world.events.filter(({ reason }) => reason === 'DataLeft').map(({ note }) => note);
  expect(notes.length).toBeLessThan(2);
  return notes[0] ?? '';
}

test('a volume of the server that a restore brought back without labels is told, since it would be used again', async () => {
  expect(await told(claim('metadata-files-0', OWN), claim('controlplane-files-0'))).toMatch(
    /^Left: volume claims controlplane-files-0, metadata-files-0; Secrets .* A DittoServer of the same name would use them again\.$/,
  );
});

test('a volume of the database that bears no label of its operator is told as one that is not used', async () => {
  const note = await told(claim('files-postgres-instance1-ab12-pgdata'), claim('files-postgres-instance1-cd34-pgdata', of('files-postgres'))); // prettier-ignore
  expect(note).toContain('Left: volume claims files-postgres-instance1-cd34-pgdata;');
  expect(note).toContain(
    'Volume claims files-postgres-instance1-ab12-pgdata of its database bear no label postgres-operator.crunchydata.com/cluster and would not be used.',
  );
});

test('volumes of others are not told, however alike their names', async () => {
  const note = await told(
    claim('metadata-files-0'),
    claim('files-postgres-a-postgres-instance1-ab12-pgdata'),
    claim('files-postgres-instance1-ef56-pgdata', of('other-postgres')),
    claim('metadata-files-2-0'),
    claim('files-postgres-repo1'),
  );
  expect(note).toMatch(/^Left: volume claims metadata-files-0; Secrets [^;]*\.$/);
});
