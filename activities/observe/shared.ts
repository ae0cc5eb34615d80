// One read for many looks: of the CRD of the Percona operator, which is so large that the API server spends some 50 ms of CPU time on
// each answer, also where only its metadata is asked for. Hundreds of DittoServers at once would keep it from everything else.
import type { KubeObject, ObjectRef, Stored } from '../../src/api/kubernetes.ts';
import type { GetOptions, Kube } from '../../src/kube/index.ts';

/** How long an answer serves others: too short for anybody to wait for a change to be seen. */
const SERVES_MS = 5_000;

interface Answer {
  readonly reading: Promise<Stored | undefined>;
  readonly untilMs: number;
}

/** By client and object, as long as the client lives. */
const answers = new WeakMap<Kube, Map<string, Answer>>();

interface Asking {
  readonly kube: Kube;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What another look was told a moment ago, or is asking for. That it got nothing, or an error, is no answer: then this look asks itself. */
export async function shared<T extends KubeObject>(
  { kube, nowMs, signal }: Asking,
  ref: ObjectRef,
  options: GetOptions = {},
): Promise<Stored<T> | undefined> {
  const ofClient = answers.get(kube) ?? new Map<string, Answer>();
  answers.set(kube, ofClient);
  const { namespace, name } = ref.metadata;
  const key = JSON.stringify([ref.apiVersion, ref.kind, namespace, name, options.metadataOnly]);
  const other = ofClient.get(key);
  if (other !== undefined && nowMs < other.untilMs) {
    const found = await other.reading.catch(() => undefined);
    if (found !== undefined) return found as Stored<T>;
  }
  const reading = kube.get<T>(ref, { ...options, signal });
  ofClient.set(key, { reading, untilMs: nowMs + SERVES_MS });
  return reading;
}
