// Events for users (events.k8s.io/v1). Name and content follow from what is said, so that the same event told again, by whichever process,
// counts up one object instead of making another.
import { createHash } from 'node:crypto';
import type { KubeObject, Stored } from '../api/kubernetes.ts';
import { FIELD_MANAGER } from './client.ts';
import { KubeError } from './errors.ts';
import type { CallOptions, Kube } from './kube.ts';

/** The object that an event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
}

export interface EventToRecord {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, as in conditions. */
  readonly reason: string;
  /** What was done or tried, UpperCamelCase. */
  readonly action: string;
  /** A sentence; what exceeds 1,024 bytes is cut off. */
  readonly note: string;
}

/** Records an event; false when the API server did not take it. Never rejects: an event is decoration. */
export type Recorder = (event: EventToRecord, options?: CallOptions) => Promise<boolean>;

interface Series {
  readonly count: number;
  readonly lastObservedTime: string;
}
interface EventObject extends KubeObject {
  readonly series?: Series;
}

const REPEAT_MS = 30_000;
const REMEMBERED = 5_000;
const NOTE_BYTES = 1_020; // the limit is 1,024; cutting inside a character adds up to three

/** A recorder that speaks as `instance` (at most 128 characters), e.g. the pod's name. */
export function recorder(kube: Kube, instance: string): Recorder {
  const recent = new Map<string, number>();

  return async (event, options = {}) => {
    const object = eventObject(event, instance);
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (Date.now() - (recent.get(key) ?? 0) < REPEAT_MS) return true;
    const recorded = await record(kube, object, options);
    if (recorded) remember(recent, key);
    return recorded;
  };
}

function remember(recent: Map<string, number>, key: string): void {
  recent.delete(key);
  recent.set(key, Date.now());
  const [oldest] = recent.keys();
  if (recent.size > REMEMBERED && oldest !== undefined) recent.delete(oldest);
}

async function record(kube: Kube, object: EventObject, options: CallOptions): Promise<boolean> {
  try {
    await kube.create(object, options);
    return true;
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'already-exists') return false;
    return countUp(kube, object, options);
  }
}

async function countUp(kube: Kube, object: EventObject, options: CallOptions): Promise<boolean> {
  try {
    const there: Stored<EventObject> | undefined = await kube.get<EventObject>(object, options);
    const series: Series = { count: (there?.series?.count ?? 1) + 1, lastObservedTime: now() };
    await kube.patchJson(object, [{ op: 'add', path: '/series', value: series }], options);
    return true;
  } catch {
    return false;
  }
}

function eventObject({ regarding, type, reason, action, note }: EventToRecord, instance: string) {
  const { name, namespace, uid } = regarding.metadata;
  const said = [uid, type, reason, action, note, FIELD_MANAGER].join('\0');
  const digest = createHash('sha256').update(said).digest('hex').slice(0, 16);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 230)}.${digest}`, namespace },
    type,
    reason,
    action,
    note: Buffer.from(note).subarray(0, NOTE_BYTES).toString(),
    eventTime: now(),
    reportingController: FIELD_MANAGER,
    reportingInstance: instance.slice(0, 128),
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid },
  };
}

/** Now as a metav1.MicroTime. */
function now(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
