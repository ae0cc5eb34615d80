// A Temporal that is not there yet, without its namespace, or without our search attributes: said, waited for, and no reason to end or
// to provision less.
import { Client, Connection } from '@temporalio/client';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { tell } from '../kit/tell.ts';
import { aSecond } from './support/a-second.ts';
import { complaints } from './support/log.ts';
import { useStage } from './support/stage.ts';
import { BASIC, conditionsOf, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'absent', own: { percona: false }, provisioner: false });

const DAY_SECONDS = 86_400;
/** temporal.api.enums.v1.IndexedValueType */
const BOOL = 5;

/** A client that talks to a Temporal namespace, whether it exists or not. */
function clientOf(namespace: string): Client {
  return new Client({ connection: Connection.lazy({ address: stage.cluster.temporalAddress ?? '' }), namespace });
}

async function register(namespace: string): Promise<void> {
  const { workflowService } = stage.temporal.connection;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as never } }); // prettier-ignore
}

async function readiness({ url }: Provisioner): Promise<{ readonly ok: boolean; readonly text: string }> {
  const answer = await fetch(`${url}/readyz`);
  return { ok: answer.ok, text: await answer.text() };
}

const start = (temporalNamespace: string): Promise<Provisioner> =>
  stage.start({ until: '/healthz', env: { TEMPORAL_NAMESPACE: temporalNamespace } });

/** Waits until its owner can read why nothing is done for it, and says how long that took since `sinceMs`. */
async function untilUnreachable(server: Subject, reason: string, message: RegExp, sinceMs: number): Promise<void> {
  const told = { type: 'EngineReachable', status: 'False', reason, message } as const;
  await server.untilTold(told, { timeoutMs: 150_000 });
  const tookMs = Date.now() - sinceMs;
  tell(`${server.name} says ${reason} after ${(tookMs / 1000).toFixed(1)} s`);
  expect(tookMs).toBeLessThan(10 * aSecond());
}

test('started before Temporal, and then before its namespace, it says so, each DittoServer too, lives, and provisions when both are there (E8)', async () => {
  await stage.cluster.controls.stopTemporal();
  const provisioner = await start('other');
  try {
    const pid = provisioner.pid();
    const early = stage.subject('early');
    const madeMs = Date.now();
    const applied = await early.apply(BASIC);
    expect(applied.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'Unknown', reason: 'Queued' });
    const notReady = (reason: RegExp): Promise<unknown> =>
      waitFor(`/readyz gives the reason ${reason.source}`, async () => {
        const { ok, text } = await readiness(provisioner);
        return !ok && reason.test(text);
      }, { seen: async () => (await readiness(provisioner)).text });
    const missing = /Temporal has no namespace "other": create it, or set TEMPORAL_NAMESPACE/;
    await untilUnreachable(early, 'EngineUnreachable', /Temporal at 127\.0\.0\.1:\d+ does not answer/, madeMs);
    await notReady(/temporal: not ready\n {2}Temporal at 127\.0\.0\.1:\d+ does not answer/);

    await stage.cluster.controls.startTemporal();
    await notReady(/temporal: not ready\n {2}Temporal has no namespace "other": create it, or set TEMPORAL_NAMESPACE/);
    await notReady(/worker: not ready\n {2}.*does namespace "other" exist\?/);
    const later = stage.subject('later');
    const madeLaterMs = Date.now();
    await later.apply(BASIC);
    await untilUnreachable(later, 'EngineNamespaceMissing', missing, madeLaterMs);
    await early.untilTold({ type: 'EngineReachable', status: 'False', reason: 'EngineNamespaceMissing', message: missing });
    expect([provisioner.isRunning(), provisioner.pid()]).toEqual([true, pid]);
    expect(stage.writes({ user: 'provisioner', resource: 'statefulsets' })).toEqual([]);

    await register('other');
    const registered = Date.now();
    for (const server of [early, later]) await server.untilReady({ timeoutMs: 60_000 });
    const tookMs = Date.now() - registered;
    tell(`provisioned ${(tookMs / 1000).toFixed(1)} s after the namespace was there`);
    expect(tookMs).toBeLessThan(10 * aSecond());
    for (const server of [early, later]) {
      const told = async () => conditionsOf(await server.get()).some(({ type }) => type === 'EngineReachable');
      await waitFor(`${server.name} says nothing of Temporal`, async () => !(await told()), { timeoutMs: 60_000, seen: server.says }); // prettier-ignore
    }
    await waitFor('/readyz says ready', async () => (await readiness(provisioner)).ok);
    expect([provisioner.isRunning(), provisioner.pid()]).toEqual([true, pid]);
  } finally {
    await provisioner.stop();
  }
}); // prettier-ignore

describe.each([
  [
    'cannot be registered',
    'no-room',
    // A store of this kind has room for three attributes of this type in a namespace.
    { One: BOOL, Two: BOOL, Three: BOOL },
    /could not be registered/,
  ],
  ['have another type', 'wrong-type', { DittoStage: BOOL }, /have another type/],
])('a Temporal namespace in which our search attributes %s', (_, temporalNamespace, searchAttributes, warning) => {
  test('is good for provisioning, with one warning (E9)', async () => {
    await register(temporalNamespace);
    await waitFor('the attributes of others are there', async () => {
      await stage.temporal.connection.operatorService.addSearchAttributes({ namespace: temporalNamespace, searchAttributes }); // prettier-ignore
      return true;
    });
    const provisioner = await start(temporalNamespace);
    const client = clientOf(temporalNamespace);
    try {
      const servers = ['one', 'two', 'three'].map((name) => stage.subject(`${temporalNamespace}-${name}`));
      for (const server of servers) await server.apply(BASIC);
      for (const server of servers) await server.untilReady();
      const warnings = (): readonly string[] =>
        complaints(provisioner, 40).flatMap(({ msg = '' }) => (/search attributes/.test(msg) ? [msg] : []));
      // The worker looks after the attributes beside its other work.
      await waitFor('the warning', () => warnings().length > 0, {
        seen: async () => (await readiness(provisioner)).text,
      });
      expect(warnings()).toEqual([expect.stringMatching(warning)]);
      expect(complaints(provisioner)).toEqual([]);
      // Still listed, by what Temporal itself knows of them.
      const ids: string[] = [];
      await waitFor('all are listed', async () => {
        ids.length = 0;
        for await (const { workflowId } of client.workflow.list({ query: 'WorkflowType = "dittoServer"' })) ids.push(workflowId); // prettier-ignore
        return servers.every(({ namespace, name }) => ids.includes(`dittoserver/kit/${namespace}/${name}`));
      });
      for (const server of servers) await server.delete();
      for (const server of servers) await server.untilGone();
    } finally {
      await client.connection.close();
      await provisioner.stop();
    }
  });
});
