// Stand-in for the API server's Leases: one object, an answer per verb as the API server gives it (a patch whose `test` does not hold is
// a conflict, a second create exists already), and a switch for each way to fail.
import type { Stored } from '../../../src/api/kubernetes.ts';
import { KubeError, type JsonPatchOp, type Kube, type KubeErrorKind } from '../../../src/kube/index.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseStoreStandIn {
  /** As the process of that name sees it. */
  kube(client: string): Kube;
  spec(): LeaseSpec | undefined;
  /** Every call of this client fails so from now on; undefined: none. */
  fail(client: string, how: KubeErrorKind | undefined): void;
  /** Writes so far, by client. */
  readonly writes: string[];
}

export function createLeaseStoreStandIn(): LeaseStoreStandIn {
  let spec: LeaseSpec | undefined;
  let version = 0;
  const failures = new Map<string, KubeErrorKind>();
  const writes: string[] = [];
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  const error = (how: KubeErrorKind): KubeError =>
    new KubeError(how, { about: { verb: 'patch', kind, object: 'Lease ns/l' }, code: 0 });
  const stored = (): Stored => ({
    ...kind,
    metadata: { name: 'l', namespace: 'ns', uid: 'u', resourceVersion: String(version) },
    ...{ spec },
  });
  const write = (client: string, next: LeaseSpec): Promise<Stored> => {
    version += 1;
    spec = next;
    writes.push(client);
    return Promise.resolve(stored());
  };

  const kubeOf = (client: string) => {
    const guarded =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
      (...args: A): Promise<T> => {
        const how = failures.get(client);
        return how === undefined ? call(...args) : Promise.reject(error(how));
      };
    return {
      get: guarded(() => Promise.resolve(spec === undefined ? undefined : stored())),
      create: guarded((object: { spec: LeaseSpec }) =>
        spec === undefined ? write(client, object.spec) : Promise.reject(error('already-exists')),
      ),
      patchJson: guarded((_: unknown, ops: readonly JsonPatchOp[]) => {
        const [test, add] = ops;
        const holds = test?.op === 'test' && test.value === String(version);
        if (!holds || add?.op !== 'add') return Promise.reject(error('conflict'));
        return write(client, add.value as LeaseSpec);
      }),
    };
  };

  return {
    kube: (client) => kubeOf(client) as unknown as Kube,
    spec: () => spec,
    fail(client, how) {
      if (how === undefined) failures.delete(client);
      else failures.set(client, how);
    },
    writes,
  };
}
