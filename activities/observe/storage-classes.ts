// StorageClasses that the specification names: optional facts, since they live at cluster scope.
import type { KubeObject } from '../../src/api/kubernetes.ts';
import type { RenderableServer } from '../../src/manifests/index.ts';
import {
  ABSENT,
  known,
  type ClaimFact,
  type Fact,
  type Facts,
  type StorageClassFact,
} from '../../src/requirements/facts.ts';
import { growthsOf } from '../../src/requirements/volumes-as-asked.ts';
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

type StorageClass = KubeObject & { readonly allowVolumeExpansion?: boolean };

/** Claims that are to grow, with whether their StorageClass lets them; the others as they are. */
export async function withExpansion(read: Reader, facts: Pick<Facts, 'claims' | 'server'>): Promise<Facts['claims']> {
  const { claims } = facts;
  if (claims.state !== 'known') return claims;
  const growing = new Set(growthsOf(facts).map(({ claim }) => claim.name));
  const expandable = async ({ storageClass: name }: ClaimFact): Promise<Fact<boolean>> => {
    if (name === '') return ABSENT;
    const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } };
    return mapFact(await read.get<StorageClass>(ref), ({ allowVolumeExpansion }) => allowVolumeExpansion === true);
  };
  return known(
    await Promise.all(
      claims.value.map(async (claim) =>
        growing.has(claim.name) ? { ...claim, expandable: await expandable(claim) } : claim,
      ),
    ),
  );
}
