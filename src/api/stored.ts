// A DittoServer as the API server hands it out, at the edge: it may have been stored under another schema, or under none, so nothing in
// it is taken on trust. What cannot be made sense of is told by src/requirements/spec-valid.ts.
import type { DittoServer, DittoServerSpec, DittoServerStatus } from './generated/ditto-server.ts';
import { SPEC_SCHEMA, STATUS_SCHEMA } from './generated/ditto-server-schema.ts';
import type { Condition, KubeObject, Stored } from './kubernetes.ts';
import { faultsAgainst, pruned, quoted, type Schema, type SchemaFault } from './schema.ts';

/** RFC 1123, as for names of most objects. A name that is none must not get into the path of a request. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;
const LONGEST_NAME = 253;

const isSound = (schema: Schema, value: unknown): boolean => faultsAgainst(schema, value, '').length === 0;

/** The fields of a status that make sense; of conditions those that do. The others are written anew. */
function soundStatus(status: unknown): DittoServerStatus | undefined {
  const known = pruned(STATUS_SCHEMA, status);
  if (typeof known !== 'object' || known === null || Array.isArray(known)) return undefined;
  const { properties = {} } = STATUS_SCHEMA;
  const condition = properties['conditions']?.items;
  const fields = Object.entries(known).map(([field, value]: [string, unknown]) => {
    const isList = field === 'conditions' && Array.isArray(value) && condition !== undefined;
    return [field, isList ? value.filter((one) => isSound(condition, one)) : value] as const;
  });
  return Object.fromEntries(fields.filter(([field, value]) => properties[field] && isSound(properties[field], value)));
}

/** The conditions of a status, whatever is stored there; for who does not need the rest of it. */
export function storedConditions(status: unknown): readonly Condition[] {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  const all: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  return all.filter((one): one is Condition => typeof (one as Partial<Condition> | null)?.type === 'string');
}

/**
 * The DittoServer with a specification as under our schema: unknown fields and null are left out, values of a wrong type stay.
 *
 * @param found as it was read
 */
export function storedDittoServer(found: Stored): Stored<DittoServer> {
  const { apiVersion, kind, metadata, spec, status } = found as Stored<
    KubeObject & { spec?: unknown; status?: unknown }
  >;
  const known = spec === null ? undefined : (pruned(SPEC_SCHEMA, spec) as DittoServerSpec | undefined);
  const sound = soundStatus(status);
  const ours = { apiVersion, kind } as Pick<DittoServer, 'apiVersion' | 'kind'>;
  return { ...ours, metadata, ...(known !== undefined && { spec: known }), ...(sound && { status: sound }) };
}

function nameFault(path: string, name: string | undefined, of: string): SchemaFault | undefined {
  if (!name || (name.length <= LONGEST_NAME && SUBDOMAIN.test(name))) return undefined;
  return {
    kind: 'value',
    message: `${path} is ${quoted(path, name)}, which cannot be the name of a ${of}: use lower case letters, digits, "-" and "."`,
  };
}

function keyFault(
  path: string,
  ref: { readonly name?: string; readonly key: string } | undefined,
): SchemaFault | undefined {
  if (!ref?.name || (ref.key.length <= LONGEST_NAME && SECRET_KEY.test(ref.key))) return undefined;
  return {
    kind: 'value',
    message: `${path}.key is ${quoted(`${path}.key`, ref.key)}, which cannot be a key of a Secret: name the key to read, and not its value`,
  };
}

type NamedKey = readonly [path: string, ref: { readonly name?: string; readonly key: string } | undefined];
type Named = readonly [path: string, name: string | undefined, of: 'Secret' | 'StorageClass'];

/** References to keys that are read; those of a block that is switched off are not. */
function keysOf({ identity, metrics }: DittoServerSpec): readonly NamedKey[] {
  return [
    ['spec.identity.jwt.secretRef', identity?.jwt?.secretRef],
    ['spec.identity.admin.passwordSecretRef', identity?.admin?.passwordSecretRef],
    ['spec.metrics.bearerTokenSecret', whereEnabled(metrics).bearerTokenSecret],
    ...directoryKeys(identity),
  ];
}

const whereEnabled = <T extends { readonly enabled?: boolean }>(block: T | undefined): Partial<T> =>
  block?.enabled === true ? block : {};

function directoryKeys(identity: DittoServerSpec['identity']): readonly NamedKey[] {
  const ldap = whereEnabled(identity?.ldap);
  const kerberos = whereEnabled(identity?.kerberos);
  const account = whereEnabled(kerberos.machineAccount);
  return [
    ['spec.identity.ldap.bindPasswordSecretRef', ldap.bindPasswordSecretRef],
    ['spec.identity.kerberos.keytabSecretRef', kerberos.keytabSecretRef],
    ['spec.identity.kerberos.krb5ConfSecretRef', kerberos.krb5ConfSecretRef],
    ['spec.identity.kerberos.machineAccount.secretRef', account.secretRef],
    ['spec.identity.kerberos.machineAccount.keytabSecretRef', account.keytabSecretRef],
  ];
}

/** Names of whole objects. */
function namesOf({ controlPlane, database, percona, storage }: DittoServerSpec): readonly Named[] {
  return [
    ['spec.controlPlane.certSecretName', controlPlane?.certSecretName, 'Secret'],
    ['spec.controlPlane.clientCASecretName', controlPlane?.clientCASecretName, 'Secret'],
    ['spec.database.postgresSecretRef.name', database?.postgresSecretRef?.name, 'Secret'],
    ['spec.percona.backup.credentialsSecretRef.name', percona?.backup?.credentialsSecretRef?.name, 'Secret'],
    ['spec.storage.storageClassName', storage.storageClassName, 'StorageClass'],
    ['spec.percona.storageClassName', percona?.storageClassName, 'StorageClass'],
  ];
}

function referenceFaults(spec: DittoServerSpec): readonly SchemaFault[] {
  const keys = keysOf(spec);
  const names = namesOf(spec);
  const faults = [
    ...keys.flatMap(([path, ref]) => [nameFault(`${path}.name`, ref?.name, 'Secret'), keyFault(path, ref)]),
    ...names.map(([path, name, of]) => nameFault(path, name, of)),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** What keeps a specification from being rendered or its references from being read: everything that our schema would refuse. */
export function shapeFaults(spec: DittoServerSpec | undefined): readonly SchemaFault[] {
  const faults = faultsAgainst(SPEC_SCHEMA, spec, 'spec');
  return spec === undefined || faults.length > 0 ? faults : referenceFaults(spec);
}
