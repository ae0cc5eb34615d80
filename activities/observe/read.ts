// One way to read: a fact is known, absent, or unreadable for want of a permission. An API server that does not answer is no
// fact at all and ends the look.
import type { KubeObject, ObjectRef, Stored } from '../../src/api/kubernetes.ts';
import { KubeError, type GetOptions, type KindRef, type ListOptions } from '../../src/kube/index.ts';
import { ABSENT, known, type Fact } from '../../src/requirements/facts.ts';
import type { Call } from '../deps.ts';
import { shared } from './shared.ts';

/** Notes uid and resourceVersion of everything that was read. */
export type Seen = (object: Stored) => void;

/** One look's access to the API server. */
export interface Reader {
  /** undefined only when the object does not exist; not being allowed to see it is an error. */
  readonly must: <T extends KubeObject>(ref: ObjectRef) => Promise<Stored<T> | undefined>;
  readonly get: <T extends KubeObject>(ref: ObjectRef, options?: GetOptions) => Promise<Fact<Stored<T>>>;
  /** The same, where an answer of a moment ago will do that another look was given; for what is dear to read and hardly changes. */
  readonly getShared: <T extends KubeObject>(ref: ObjectRef, options?: GetOptions) => Promise<Fact<Stored<T>>>;
  /** undefined when the API is not installed, so that its objects can neither be nor be made. */
  readonly getWhereServed: <T extends KubeObject>(ref: ObjectRef) => Promise<Fact<Stored<T>> | undefined>;
  readonly list: <T extends KubeObject>(kind: KindRef, options: ListOptions) => Promise<Fact<readonly Stored<T>[]>>;
  readonly seen: Readonly<Record<string, string>>;
  /** Adds to `seen` what was not read here. */
  readonly note: (uid: string, version: string) => void;
}

/** @param absentApi whether an API that is not installed means that the object is absent; else it is an error */
async function asFact<T>(reading: Promise<T | undefined>, absentApi = true): Promise<Fact<T>> {
  try {
    const value = await reading;
    return value === undefined ? ABSENT : known(value);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.kind === 'api-absent' && absentApi) return ABSENT;
    if (error.kind === 'forbidden') return { state: 'unreadable', why: error.message };
    throw error;
  }
}

async function whereServed<T>(reading: Promise<T | undefined>): Promise<Fact<T> | undefined> {
  try {
    return await asFact(reading, false);
  } catch (error) {
    if (error instanceof KubeError && error.kind === 'api-absent') return undefined;
    throw error;
  }
}

export function reader({ deps: { kube, now }, target: { namespace }, signal }: Call): Reader {
  const seen: Record<string, string> = {};
  const note = (object: Stored): void => void (seen[object.metadata.uid] = object.metadata.resourceVersion);
  return {
    seen,
    note: (uid, version) => void (seen[uid] = version),
    must: async <T extends KubeObject>(ref: ObjectRef) => {
      const found = await kube.get<T>(ref, { signal });
      if (found) note(found);
      return found;
    },
    get: async <T extends KubeObject>(ref: ObjectRef, options?: GetOptions) => {
      const fact = await asFact(kube.get<T>(ref, { ...options, signal }));
      if (fact.state === 'known') note(fact.value);
      return fact;
    },
    getShared: <T extends KubeObject>(ref: ObjectRef, options?: GetOptions) =>
      asFact(shared<T>({ kube, nowMs: now(), signal }, ref, options)),
    getWhereServed: async <T extends KubeObject>(ref: ObjectRef) => {
      const fact = await whereServed(kube.get<T>(ref, { signal }));
      if (fact?.state === 'known') note(fact.value);
      return fact;
    },
    list: async <T extends KubeObject>(kind: KindRef, options: ListOptions) => {
      const fact = await asFact(kube.list<T>(kind, namespace, { ...options, signal }).then(({ items }) => items));
      if (fact.state === 'known') fact.value.forEach(note);
      return fact;
    },
  };
}

/** A reader that finds nothing under `names` and in no list, without asking. */
export function withoutAsking(read: Reader, names: ReadonlySet<string>): Reader {
  return {
    ...read,
    get: async (ref, options) => (names.has(ref.metadata.name) ? ABSENT : read.get(ref, options)),
    getWhereServed: async (ref) => (names.has(ref.metadata.name) ? ABSENT : read.getWhereServed(ref)),
    list: () => Promise.resolve(known([])),
  };
}

/** Turns the value of a known fact into another. */
export function mapFact<A, B>(fact: Fact<A>, turn: (value: A) => B): Fact<B> {
  return fact.state === 'known' ? known(turn(fact.value)) : fact;
}

/** All that is there; unreadable when one of them is. */
export function allKnown<T>(facts: readonly Fact<T>[]): Fact<readonly T[]> {
  const hidden = facts.find((fact) => fact.state === 'unreadable');
  if (hidden?.state === 'unreadable') return hidden;
  return known(facts.flatMap((fact) => (fact.state === 'known' ? [fact.value] : [])));
}
