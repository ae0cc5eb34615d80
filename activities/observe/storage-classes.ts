// StorageClasses that the specification names: optional facts, since they live at cluster scope.
import type { KubeObject } from '../../src/api/kubernetes.ts';
import type { RenderableServer } from '../../src/manifests/index.ts';
import type { StorageClassFact } from '../../src/requirements/facts.ts';
import { mapFact, type Reader } from './read.ts';

/** Names of StorageClasses in the specification; where the account may not read them they are unknown and hold nothing back. */
export async function readStorageClasses(
  read: Reader,
  { spec }: RenderableServer,
): Promise<readonly StorageClassFact[]> {
  const wanted = [
    ['spec.storage.storageClassName', spec.storage.storageClassName],
    ['spec.percona.storageClassName', spec.percona?.enabled === true ? spec.percona.storageClassName : undefined],
  ] as const;
  const named = wanted.flatMap(([field, name]) => (name ? [{ field, name }] : []));
  return Promise.all(
    named.map(async ({ field, name }) => {
      const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } };
      const exists = mapFact(await read.get<KubeObject>(ref), () => true as const);
      return { field, name, exists };
    }),
  );
}
