// The one writer of status, and of the event that a passed deadline sends: only when something changed.
import type { DittoServer, DittoServerStatus } from '../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../src/api/names.ts';
import { KubeError } from '../src/kube/index.ts';
import type { Facts } from '../src/requirements/facts.ts';
import type { Judgement } from '../src/requirements/judge.ts';
import { statusDiffers, statusOf } from '../src/requirements/status.ts';
import type { Call } from './deps.ts';
import { isOtherActive } from '../src/requirements/taken-over.ts';
import { TAKE_OVER_MANAGER } from './managed-fields.ts';
import { fence } from './metadata-ops.ts';
import { settled } from './outcome.ts';

/** Whom an event is about. */
export function regarding({ metadata }: Facts['server']) {
  const { name, namespace = '', uid } = metadata;
  return { ...DITTO_SERVER, metadata: { name, namespace, uid } };
}

/**
 * Tells a DittoServer that was stored under another schema, to which nothing can be applied. A patch goes through, unless a rule of the
 * CRD cannot even be evaluated on what is stored; then there is only an event.
 */
async function tellUnfit({ deps, signal }: Call, { server }: Facts, status: DittoServerStatus, judgement: Judgement) {
  const ops = [fence(server), { op: 'add', path: '/status', value: status }] as const;
  try {
    return await deps.kube.patchJson<DittoServer & KubeObject>(server, ops, { subresource: 'status', signal });
  } catch (error) {
    if (!(error instanceof KubeError) || !error.permanent) throw error;
    const { reason, message: note } = judgement;
    await deps.record({ regarding: regarding(server), type: 'Warning', reason, action: 'Judge', note }, { signal });
    return server;
  }
}

const isStalled = (status: DittoServer['status']): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Stalled' && is === 'True') ?? false;

/**
 * While the Go operator is active the status is its own, but for one condition under a field manager of its own: two that write the same
 * fields would wake each other without end.
 */
async function tellOther({ deps, signal }: Call, facts: Facts, { conditions }: Judgement): Promise<Facts> {
  const { server } = facts;
  const condition = conditions.find(({ type }) => type === 'TakenOver');
  const stored = server.status?.conditions?.find(({ type }) => type === 'TakenOver');
  if (!condition || (stored?.reason === condition.reason && stored.message === condition.message)) return facts;
  const { name, namespace, uid } = server.metadata;
  const object = {
    ...DITTO_SERVER,
    metadata: { name, ...(namespace !== undefined && { namespace }), uid },
    status: { conditions: [condition] },
  };
  const written = await deps.kube.apply<DittoServer & KubeObject>(object, {
    subresource: 'status',
    fieldManager: TAKE_OVER_MANAGER,
    signal,
  });
  return { ...facts, server: written, seen: { ...facts.seen, [uid]: written.metadata.resourceVersion } };
}

/**
 * Writes the status if it differs from what is stored, fenced by uid and resourceVersion as they were seen.
 *
 * @returns the facts with the DittoServer as it is now
 * @throws KubeError of kind `conflict` when the DittoServer changed meanwhile: look again
 */
export async function publish({ deps, target, signal }: Call, facts: Facts, judgement: Judgement): Promise<Facts> {
  if (isOtherActive(judgement.findings)) return tellOther({ deps, target, signal }, facts, judgement);
  const { server } = facts;
  const status = statusOf(facts, judgement);
  if (!statusDiffers(server.status, status)) return facts;
  const { name, namespace, uid, resourceVersion } = server.metadata;
  const object = {
    ...DITTO_SERVER,
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion },
    status,
  };
  // Before the status, which keeps it from being sent again: so a killed process sends it twice (counted up) rather than never.
  if (judgement.stalled && !isStalled(server.status)) {
    const note = judgement.message;
    await deps.record(
      { regarding: regarding(server), type: 'Warning', reason: 'DeadlinePassed', action: 'Wait', note },
      { signal },
    );
  }
  const applied = await settled(deps.kube.apply<DittoServer & KubeObject>(object, { subresource: 'status', signal }));
  const unfit = applied.error instanceof KubeError && applied.error.kind === 'stored-schema';
  if (applied.error && !unfit) throw applied.error;
  const written = applied.value ?? (await tellUnfit({ deps, target, signal }, facts, status, judgement));
  return { ...facts, server: written, seen: { ...facts.seen, [uid]: written.metadata.resourceVersion } };
}
