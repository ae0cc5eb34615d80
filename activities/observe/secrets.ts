// Secrets that the pod reads: which exist, which keys they lack, and the digest of their values. The values themselves stay
// in this process for the length of one activity; what leaves it is one digest.
import type { KubeObject, ObjectRef } from '../../src/api/kubernetes.ts';
import {
  backupSecretName,
  configHash,
  secretRefs,
  secretValueName,
  type RenderableServer,
  type SecretRef,
} from '../../src/manifests/index.ts';
import { known, type ConfigHashFact, type Fact, type Facts, type InputFact } from '../../src/requirements/facts.ts';
import { mapFact, type Reader } from './read.ts';

export interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Name → what is known of the Secret. */
export type Secrets = ReadonlyMap<string, Fact<SecretObject>>;

export const secretRef = (namespace: string, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
});

export async function readSecrets(read: Reader, server: RenderableServer): Promise<Map<string, Fact<SecretObject>>> {
  const backup = backupSecretName(server);
  const referred = secretRefs(server).map(({ secretName }) => secretName);
  const wanted = [...new Set([...referred, ...(backup === undefined ? [] : [backup])])];
  const facts = await Promise.all(
    wanted.map((name) => read.get<SecretObject>(secretRef(server.metadata.namespace, name))),
  );
  return new Map(wanted.map((name, i) => [name, facts[i] ?? { state: 'absent' }]));
}

const decode = (value: string): Buffer => Buffer.from(value, 'base64');

/** What the server wants at least of the key that signs tokens; with less it does not start. */
const MIN_JWT_KEY_BYTES = 32;

/** Keys that are there and that the server does not take. */
function tooShort({ purpose, keys }: SecretRef, fact: Fact<SecretObject>): Pick<InputFact, 'tooShortKeys'> {
  if (purpose !== 'jwt' || fact.state !== 'known') return {};
  const { data = {} } = fact.value;
  const short = keys.filter((key) => data[key] !== undefined && decode(data[key]).length < MIN_JWT_KEY_BYTES);
  return short.length > 0 ? { tooShortKeys: short } : {};
}

function missingKeys({ keys }: SecretRef, fact: Fact<SecretObject>): Fact<readonly string[]> {
  return mapFact(fact, ({ data = {} }) => keys.filter((key) => data[key] === undefined));
}

/** What the user refers to; generated Secrets and the database's own are judged elsewhere. */
export function inputFacts(server: RenderableServer, secrets: Secrets): readonly InputFact[] {
  const factOf = (name: string): Fact<SecretObject> => secrets.get(name) ?? { state: 'absent' };
  const ofPod = secretRefs(server)
    .filter(({ source }) => source === 'user')
    .map((ref) => ({
      field: ref.field,
      secret: ref.secretName,
      missingKeys: missingKeys(ref, factOf(ref.secretName)),
      ...tooShort(ref, factOf(ref.secretName)),
    }));
  const backup = backupSecretName(server);
  if (backup === undefined) return ofPod;
  const exists = mapFact(factOf(backup), (): readonly string[] => []);
  return [...ofPod, { field: 'spec.percona.backup.credentialsSecretRef', secret: backup, missingKeys: exists }];
}

/** The values by the name that their reference gives them; undefined when one is missing. */
function valuesOf(refs: readonly SecretRef[], secrets: Secrets): ReadonlyMap<string, Uint8Array> | undefined {
  const values = new Map<string, Uint8Array>();
  for (const ref of refs) {
    // Also of a Secret that is optional for the pod: its absence must not change the digest.
    const { secretName, keys } = ref;
    const fact = secrets.get(secretName);
    const data = fact?.state === 'known' ? (fact.value.data ?? {}) : {};
    for (const key of keys) {
      const value = data[key];
      if (value === undefined) return undefined;
      values.set(secretValueName(ref, key), decode(value));
    }
  }
  return values;
}

/** The digest over all that the pod reads, or why it cannot be known. */
export function configHashFact(server: RenderableServer, secrets: Secrets): ConfigHashFact {
  const refs = secretRefs(server);
  const values = valuesOf(refs, secrets);
  if (values && databaseConsistent(refs, secrets)) return { state: 'computed', hash: configHash(server, values) };
  const others = refs.filter(({ source }) => source !== 'generated');
  return valuesOf(others, secrets) && databaseConsistent(refs, secrets) ? { state: 'due' } : { state: 'incomplete' };
}

function databaseConsistent(refs: readonly SecretRef[], secrets: Secrets): boolean {
  const ref = refs.find(({ source }) => source === 'percona');
  const fact = ref && secrets.get(ref.secretName);
  return fact?.state !== 'known' || isConsistent(fact.value.data ?? {});
}

/** The password inside `uri` is the one under `password`, and neither is empty. */
function isConsistent(data: Readonly<Record<string, string>>): boolean {
  const text = (key: string): string => decode(data[key] ?? '').toString();
  const password = text('password');
  const uri = URL.parse(text('uri'));
  return password !== '' && uri !== null && safeDecode(uri.password) === password;
}

function safeDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** Whether the database's credentials are there and agree with themselves. */
export function credentialsFact(server: RenderableServer, secrets: Secrets): Facts['credentials'] {
  const ref = secretRefs(server).find(({ source }) => source === 'percona');
  const fact: Fact<SecretObject> = (ref && secrets.get(ref.secretName)) ?? { state: 'absent' };
  if (!ref || fact.state !== 'known') return fact as Fact<never>;
  const data = fact.value.data ?? {};
  return known({ missingKeys: ref.keys.filter((key) => !data[key]), consistent: isConsistent(data) });
}
