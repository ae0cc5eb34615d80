// The wait for PostgreSQL is durable: no StatefulSet before the database is ready, whoever is killed meanwhile (M5).
import type { PerconaPGCluster } from '../../src/api/percona.ts';
import { waitFor } from '../kit/wait-for.ts';
import { complaints } from './support/log.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'waiting' });

/** Holds the pods of a DittoServer's database, from before they exist. */
function holdDatabase({ namespace, names }: Subject): Promise<() => Promise<void>> {
  const pods = { namespace, namePrefix: `${names.postgresCluster}-` };
  return stage.cluster.controls.stickPods(pods, 'crashLoop', { message: 'no space left on device' });
}

/** What the audit log says about the order: each write of Percona that says `ready`, and each of ours to the StatefulSet. */
function orderOf({ namespace, name, names }: Subject): readonly string[] {
  return stage.writes({ namespace }).flatMap(({ user, resource, name: written, code, stored }) => {
    if (code >= 300) return [];
    if (user === 'provisioner' && resource === 'statefulsets' && written === name) return ['StatefulSet written'];
    const ready = (stored as PerconaPGCluster | undefined)?.status?.state === 'ready';
    return user === 'percona-operator' && written === names.postgresCluster && ready ? ['database ready'] : [];
  });
}

test('the StatefulSet is first written after the database’s status says ready (M5)', async () => {
  const calm = stage.subject('calm');
  await calm.apply(PERCONA);
  await calm.untilReady();
  expect(orderOf(calm)[0]).toBe('database ready');
  expect(orderOf(calm)).toContain('StatefulSet written');
});

test('a database that does not start holds the StatefulSet back, also over kill -9, and is told by name (M5)', async () => {
  const held = stage.subject('held');
  const release = await holdDatabase(held);
  await held.apply(PERCONA);
  const told = {
    type: 'DatabaseReady',
    status: 'False',
    reason: 'PostgresPodsNotReady',
    message: /pod "held-postgres-.*", container "database" ends again and again .*no space left on device/,
  } as const;
  const { lastTransitionTime } = await held.untilTold(told);
  const run = (await held.workflow().describe()).runId;

  for (let round = 0; round < 2; round += 1) {
    await stage.provisioner.kill();
    await stage.provisioner.start();
    await held.reconcileNow(2);
    expect(await held.untilTold(told)).toHaveProperty('lastTransitionTime', lastTransitionTime);
    expect(orderOf(held)).toEqual([]);
    expect(await held.statefulSet()).toBeUndefined();
  }
  expect(await held.untilTold({ type: 'Ready' })).toMatchObject({ status: 'False', reason: 'PostgresPodsNotReady' });
  expect((await held.get())?.status?.phase).toBe('Pending');

  // Ready is told while nobody listens.
  await stage.provisioner.kill();
  await release();
  await waitFor('the database is ready', async () => (await held.postgresCluster())?.status?.state === 'ready');
  await stage.provisioner.start();
  await held.untilReady();
  expect(orderOf(held)[0]).toBe('database ready');
  expect(await held.revisions()).toBe(1);
  expect((await held.workflow().describe()).runId).toBe(run);
  await held.recordHistory('waiting-over-kills');
});

test('a database without an operator, and so without its Secret, is waited for without an error (M5, M8)', async () => {
  const { controls } = stage.cluster;
  const early = stage.subject('early');
  const errors = complaints(stage.provisioner).length;
  await controls.stopPercona();
  try {
    await early.apply(PERCONA);
    await early.untilTold({ type: 'DatabaseReady', status: 'False', message: /Percona operator has (not )?reported/ });
    expect(await stage.cluster.admin.get(early.children.postgresUserSecret)).toBeUndefined();
    await early.untilTold({ type: 'Stalled', status: 'False' });
    await early.reconcileNow(3);
    expect(await early.statefulSet()).toBeUndefined();
    expect(complaints(stage.provisioner).slice(errors)).toEqual([]);
  } finally {
    await controls.startPercona();
  }
  await early.untilReady();
  expect(orderOf(early)[0]).toBe('database ready');
});
