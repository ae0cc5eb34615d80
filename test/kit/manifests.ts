// Reads manifests from YAML files, and waits until a CRD among them can be used.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Admin } from './admin.ts';
import type { Condition, KubeObject } from './kubernetes-types.ts';
import { waitFor } from './wait-for.ts';

/** The objects of a YAML file. */
export function readManifests(path: string): KubeObject[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object ? [object] : [];
  });
}

/** Waits until objects of a CRD can be stored. */
export async function waitForCrd(admin: Admin, name: string): Promise<void> {
  interface Crd extends KubeObject {
    readonly status?: { readonly conditions?: readonly Condition[] };
  }
  await waitFor(
    `the CRD ${name} is established`,
    async () => {
      const crd = await admin.get<Crd>({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        name,
      });
      return crd?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
    },
    { timeoutMs: 60_000 },
  );
}
