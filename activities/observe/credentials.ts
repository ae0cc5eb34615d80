// The database's credentials, in the user Secret that Percona's operator keeps: whether they are whole, and who writes them.
import { ANNOTATIONS, names, POSTGRES_CLUSTER_LABEL } from '../../src/api/names.ts';
import { textIn, type SecretData, type SecretObject } from '../../src/api/secret-data.ts';
import { secretRefs, type RenderableServer, type SecretRef } from '../../src/manifests/index.ts';
import { ABSENT, known, type CredentialsFact, type Fact, type Facts } from '../../src/requirements/facts.ts';
import { isConsistent, valuesOf, type Secrets } from './secrets.ts';
import { verifierFault } from './verifier.ts';

/** The CA that the server is to check PostgreSQL's certificate against, where it is not there yet. */
function missingCa(server: RenderableServer, secrets: Secrets): string | undefined {
  const ref = secretRefs(server).find(({ purpose }) => purpose === 'postgres-ca');
  return ref && !valuesOf([ref], secrets) ? `Secret "${ref.secretName}" has no ${ref.keys.join(', ')} yet` : undefined;
}

/** Field managers of these keys of a Secret's data, and when the last of them wrote; its version where that is not told. */
function writesOf({ metadata }: SecretObject, keys: readonly string[]): Pick<CredentialsFact, 'writtenAt' | 'writers'> {
  const entries = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const data = fieldsV1?.['f:data'];
    return typeof data === 'object' && data !== null && keys.some((key) => `f:${key}` in data);
  });
  const times = entries.flatMap(({ time }) => time ?? []).sort();
  const managers = entries.flatMap(({ manager }) => manager ?? []);
  return { writtenAt: times.at(-1) ?? metadata.resourceVersion ?? '', writers: [...new Set(managers)].sort() };
}

/** What labels and annotations say of it. */
function marksOf(
  { metadata }: SecretObject,
  server: RenderableServer,
): Pick<CredentialsFact, 'ofCluster' | 'rotation'> {
  const { labels, annotations } = metadata;
  const cluster = names(server.metadata.name).postgresCluster;
  return {
    ofCluster: labels?.[POSTGRES_CLUSTER_LABEL] === cluster,
    rotation: annotations?.[ANNOTATIONS.passwordRotation] ?? '',
  };
}

/** What hinders the server from using them, beside what is missing. */
function faultsOf(
  server: RenderableServer,
  secrets: Secrets,
  data: SecretData,
  areDue: boolean,
): Partial<CredentialsFact> {
  const ca = missingCa(server, secrets);
  const fault = areDue ? verifierFault(textIn(data, 'password'), textIn(data, 'verifier')) : undefined;
  return { ...(ca !== undefined && { missingCa: ca }), ...(fault !== undefined && { verifierFault: fault }) };
}

/**
 * Whether the database's credentials are there and agree with themselves.
 *
 * @param options.areDue something is to be rolled to them: only then it is worth the time to check the password against its verifier
 */
export function credentialsFact(
  server: RenderableServer,
  secrets: Secrets,
  { areDue = false }: { readonly areDue?: boolean } = {},
): Facts['credentials'] {
  const ref = secretRefs(server).find(({ purpose }) => purpose === 'postgres');
  const fact: Fact<SecretObject> = (ref && secrets.get(ref.secretName)) ?? ABSENT;
  if (!ref || fact.state !== 'known') return fact as Fact<never>;
  const { data = {} } = fact.value;
  return known({
    missingKeys: missingIn(ref, data),
    consistent: isConsistent(data),
    ...writesOf(fact.value, ref.keys),
    ...marksOf(fact.value, server),
    ...faultsOf(server, secrets, data, areDue),
  });
}

const missingIn = ({ keys }: SecretRef, data: SecretData): readonly string[] => keys.filter((key) => !data[key]);
