// The one writer of status, and of the event that a passed deadline sends: only when something changed.
import type { DittoServer } from '../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../src/api/names.ts';
import type { Facts } from '../src/requirements/facts.ts';
import type { Judgement } from '../src/requirements/judge.ts';
import { statusDiffers, statusOf } from '../src/requirements/status.ts';
import type { Call } from './deps.ts';

/** Whom an event is about. */
export function regarding({ metadata }: Facts['server']) {
  const { name, namespace = '', uid } = metadata;
  return { ...DITTO_SERVER, metadata: { name, namespace, uid } };
}

const isStalled = (status: DittoServer['status']): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Stalled' && is === 'True') ?? false;

/**
 * Writes the status if it differs from what is stored, fenced by uid and resourceVersion as they were seen.
 *
 * @returns the facts with the DittoServer as it is now
 * @throws KubeError of kind `conflict` when the DittoServer changed meanwhile: look again
 */
export async function publish({ deps, signal }: Call, facts: Facts, judgement: Judgement): Promise<Facts> {
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
  const written = await deps.kube.apply<DittoServer & KubeObject>(object, { subresource: 'status', signal });
  return { ...facts, server: written, seen: { ...facts.seen, [uid]: written.metadata.resourceVersion } };
}
