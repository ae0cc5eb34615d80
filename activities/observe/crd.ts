// The installed CRD of DittoServers: what it lacks of the one that this version knows. An older one prunes fields of the specification, and
// refuses a status that has a field which it does not know.
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { DITTO_SERVER_CRD_NAME } from '../../src/api/names.ts';
import { SPEC_SCHEMA, STATUS_SCHEMA } from '../../src/api/generated/ditto-server-schema.ts';
import type { Schema } from '../../src/api/schema.ts';
import type { Kube } from '../../src/kube/index.ts';
import { valueOf } from '../../src/requirements/facts.ts';
import type { Reader } from './read.ts';

/** How long an answer serves: the CRD is large, and changes with an installation. */
const SERVES_MS = 60_000;

interface Answer {
  readonly reading: Promise<readonly string[]>;
  readonly untilMs: number;
}

/** By client, as long as the client lives. */
const answers = new WeakMap<Kube, Answer>();

/** A schema as the CRD holds it. */
interface StoredSchema {
  readonly properties?: Readonly<Record<string, StoredSchema>>;
  readonly items?: StoredSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Crd extends KubeObject {
  readonly spec?: { readonly versions?: readonly { readonly schema?: { readonly openAPIV3Schema?: StoredSchema } }[] };
}

/** The fields that `ours` has and `theirs` has not, each without what is in it. */
export function lackingFields(ours: Schema, theirs: StoredSchema, path: string): readonly string[] {
  if (theirs['x-kubernetes-preserve-unknown-fields']) return [];
  if (ours.items) return theirs.items ? lackingFields(ours.items, theirs.items, `${path}[]`) : [];
  return Object.entries(ours.properties ?? {}).flatMap(([field, schema]) => {
    const known = theirs.properties?.[field];
    return known ? lackingFields(schema, known, `${path}.${field}`) : [`${path}.${field}`];
  });
}

function lacksOf(crd: Stored<Crd> | undefined): readonly string[] {
  const schema = crd?.spec?.versions?.[0]?.schema?.openAPIV3Schema;
  if (!schema?.properties) return [];
  const { spec = {}, status = {} } = schema.properties;
  return [...lackingFields(SPEC_SCHEMA, spec, 'spec'), ...lackingFields(STATUS_SCHEMA, status, 'status')];
}

/** What the installed CRD lacks; nothing where it cannot be read. One answer serves all looks of a minute. */
export function readCrdLacks(read: Reader, kube: Kube, nowMs: number): Promise<readonly string[]> {
  const known = answers.get(kube);
  if (known && nowMs < known.untilMs) return known.reading;
  const metadata = { name: DITTO_SERVER_CRD_NAME };
  const ref = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata };
  const reading = read.getShared<Crd>(ref).then((fact) => lacksOf(valueOf(fact)));
  answers.set(kube, { reading, untilMs: nowMs + SERVES_MS });
  // What failed is asked again at the next look.
  reading.catch(() => answers.delete(kube));
  return reading;
}
