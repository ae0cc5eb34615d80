// What is told of children that somebody deleted or edited: one event for each, and none for what we change ourselves (W6).
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const SQLITE: DittoServerSpec = { storage: { metadataSize: '5Gi' } };

async function settled(): Promise<SmallWorld> {
  const world = smallWorld(SQLITE);
  await world.pass();
  world.podsRun();
  await world.pass();
  return world;
}
const repairsOf = ({ events }: SmallWorld) => events.filter(({ reason }) => reason === 'ChildRepaired').map(({ note }) => note); // prettier-ignore

test('provisioning and changes of the user are no repairs (W6)', async () => {
  const world = await settled();
  world.edit((spec) => (spec['logging'] = { level: 'DEBUG' }));
  await world.pass();
  world.podsRun();
  await world.pass();
  expect(repairsOf(world)).toEqual([]);
});

test.each([
  ['ConfigMap', 'files-config'],
  ['Service', 'files-api'],
  ['StatefulSet', 'files'],
])('a deleted %s is told of once (W6)', async (kind, name) => {
  const world = await settled();
  world.kube.remove(kind, name);
  await world.pass();
  await world.pass();
  expect(repairsOf(world)).toEqual([`${kind} ${name} was deleted by somebody and is made again`]);
});

test('an edited one too, with who it was (W6)', async () => {
  const world = await settled();
  world.kube.edit('ConfigMap', 'files-config', 'kubectl-edit', (draft) => (draft['data'] = { 'config.yaml': 'mine' }));
  await world.pass();
  await world.pass();
  expect(repairsOf(world)).toEqual([
    'ConfigMap files-config was edited by field manager kubectl-edit; our fields are put back',
  ]);
});
