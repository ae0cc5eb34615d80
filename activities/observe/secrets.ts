// Secrets that the pod reads: which exist, which keys they lack, and the digest of their values. The values themselves stay
// in this process for the length of one activity; what leaves it is one digest.
import type { ObjectRef } from '../../src/api/kubernetes.ts';
import { names } from '../../src/api/names.ts';
import { decoded, textIn, type SecretData, type SecretObject } from '../../src/api/secret-data.ts';
import {
  backupSecretName,
  configHash,
  secretRefs,
  secretValueName,
  type RenderableServer,
  type SecretRef,
} from '../../src/manifests/index.ts';
import { ABSENT, type ConfigHashFact, type Fact, type InputFact } from '../../src/requirements/facts.ts';
import { mapFact, type Reader } from './read.ts';
import { backupFault, formFault, type Values } from './secret-form.ts';

/** Name → what is known of the Secret. */
export type Secrets = ReadonlyMap<string, Fact<SecretObject>>;

const NOTHING: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: '' } };

export const secretRef = (namespace: string, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
});

export async function readSecrets(read: Reader, server: RenderableServer): Promise<Map<string, Fact<SecretObject>>> {
  const backup = backupSecretName(server);
  const referred = secretRefs(server).map(({ secretName }) => secretName);
  const own = names(server.metadata.name).operatorSecret;
  const wanted = [...new Set([...referred, own, ...(backup === undefined ? [] : [backup])])];
  const facts = await Promise.all(
    wanted.map((name) => read.get<SecretObject>(secretRef(server.metadata.namespace, name))),
  );
  return new Map(wanted.map((name, i) => [name, facts[i] ?? { state: 'absent' }]));
}

/** The values of these keys, in their order; without `keys` of all, sorted. */
function valuesIn({ data = {} }: SecretObject, keys: readonly string[] = Object.keys(data).sort()): Values {
  return new Map(keys.flatMap((key) => (data[key] === undefined ? [] : [[key, decoded(data[key])] as const])));
}

function missingKeys({ keys }: SecretRef, fact: Fact<SecretObject>): Fact<readonly string[]> {
  return mapFact(fact, ({ data = {} }) => keys.filter((key) => data[key] === undefined));
}

function inputFact(ref: SecretRef, secrets: Secrets): InputFact {
  const fact = secrets.get(ref.secretName) ?? ABSENT;
  const fault =
    fact.state === 'known' && formFault(ref.purpose, valuesIn(fact.value, [...ref.keys, ...ref.optionalKeys]));
  return {
    field: ref.field,
    secret: ref.secretName,
    missingKeys: missingKeys(ref, fact),
    ...(fault && { fault }),
  };
}

/** What the user refers to; generated Secrets and the database's own are judged elsewhere. */
export function inputFacts(server: RenderableServer, secrets: Secrets): readonly InputFact[] {
  const ofPod = secretRefs(server)
    .filter(({ source }) => source === 'user')
    .map((ref) => inputFact(ref, secrets));
  const backup = backupSecretName(server);
  if (backup === undefined) return ofPod;
  const fact = secrets.get(backup) ?? ABSENT;
  const missing = mapFact(fact, (): readonly string[] => []);
  const fault = fact.state === 'known' && backupFault(valuesIn(fact.value));
  const field = 'spec.percona.backup.credentialsSecretRef';
  return [...ofPod, { field, secret: backup, missingKeys: missing, ...(fault && { fault }) }];
}

/** The values by the name that their reference gives them; undefined when one is missing. */
export function valuesOf(refs: readonly SecretRef[], secrets: Secrets): ReadonlyMap<string, Uint8Array> | undefined {
  const values = new Map<string, Uint8Array>();
  for (const ref of refs) {
    // Also of a Secret that is optional for the pod: its absence must not change the digest.
    const fact = secrets.get(ref.secretName);
    const found = valuesIn(fact?.state === 'known' ? fact.value : NOTHING, [...ref.keys, ...ref.optionalKeys]);
    if (ref.keys.some((key) => !found.has(key))) return undefined;
    for (const [key, value] of found) values.set(secretValueName(ref, key), value);
  }
  return values;
}

/** The digest over all that the pod reads, or why it cannot be known. */
export function configHashFact(server: RenderableServer, secrets: Secrets): ConfigHashFact {
  const refs = secretRefs(server).filter(({ hashed }) => hashed);
  const values = valuesOf(refs, secrets);
  if (values && databaseConsistent(refs, secrets)) return { state: 'computed', hash: configHash(server, values) };
  const others = refs.filter(({ source }) => source !== 'generated');
  return valuesOf(others, secrets) && databaseConsistent(refs, secrets) ? { state: 'due' } : { state: 'incomplete' };
}

function databaseConsistent(refs: readonly SecretRef[], secrets: Secrets): boolean {
  const ref = refs.find(({ purpose }) => purpose === 'postgres');
  const fact = ref && secrets.get(ref.secretName);
  return fact?.state !== 'known' || isConsistent(fact.value.data ?? {});
}

/** The password inside `uri` is the one under `password`, and neither is empty. */
export function isConsistent(data: SecretData): boolean {
  const password = textIn(data, 'password');
  const uri = URL.parse(textIn(data, 'uri'));
  return password !== '' && uri !== null && safeDecode(uri.password) === password;
}

function safeDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
