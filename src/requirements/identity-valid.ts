// Whether the blocks for TLS, metrics, LDAP and Kerberos can work: the server ends at its start on what is incomplete there (DittoFS 0.29.0).
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';

type Identity = NonNullable<DittoServerSpec['identity']>;
type Ldap = NonNullable<Identity['ldap']>;
type Kerberos = NonNullable<Identity['kerberos']>;

const ATTRIBUTE = /^[A-Za-z][A-Za-z0-9-]*$/;

type Check = (spec: DittoServerSpec) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ controlPlane }) => tlsFault(controlPlane),
  ({ controlPlane, metrics }) => metricsFault(controlPlane, metrics),
  ({ identity }) => (identity?.ldap?.enabled === true ? ldapFault(identity.ldap) : undefined),
  ({ identity }) => (identity?.kerberos?.enabled === true ? kerberosFault(identity.kerberos) : undefined),
];

/** The first thing that is wrong, as a sentence; undefined when nothing is. */
export function identityFault(spec: DittoServerSpec): string | undefined {
  return CHECKS.map((check) => check(spec)).find((fault) => fault !== undefined);
}

function tlsFault(controlPlane: DittoServerSpec['controlPlane']): string | undefined {
  if (!controlPlane?.clientCASecretName || controlPlane.certSecretName) return undefined;
  return 'spec.controlPlane.clientCASecretName needs spec.controlPlane.certSecretName: clients can be asked for a certificate only over TLS';
}

function metricsFault(
  controlPlane: DittoServerSpec['controlPlane'],
  metrics: DittoServerSpec['metrics'],
): string | undefined {
  if (metrics?.enabled !== true) return undefined;
  const [api, own] = [controlPlane?.port ?? 8080, metrics.port ?? 9090];
  if (api !== own) return undefined;
  return `spec.metrics.port and spec.controlPlane.port are both ${own}: the server cannot listen twice on one port`;
}

function urlFault({ url, startTLS, allowPlaintext }: Ldap): string | undefined {
  const field = 'spec.identity.ldap.url';
  if (/^ldaps:\/\/./i.test(url)) return undefined;
  if (!/^ldap:\/\/./i.test(url)) return `${field} must begin with ldaps:// or ldap://, e.g. ldaps://ldap.example.com`;
  if (startTLS === true || allowPlaintext === true) return undefined;
  return `${field} is not encrypted: use ldaps://, or set startTLS, or allowPlaintext to accept that`;
}

function ldapFault(ldap: Ldap): string | undefined {
  const empty = (['baseDN', 'bindDN'] as const).find((field) => !ldap[field].trim());
  if (empty) return `spec.identity.ldap.${empty} is empty: the server needs it to search`;
  if (!ldap.bindPasswordSecretRef?.name) {
    return 'spec.identity.ldap.bindPasswordSecretRef is missing: without a password the directory would be searched anonymously';
  }
  if (ldap.userAttr && !ATTRIBUTE.test(ldap.userAttr))
    return 'spec.identity.ldap.userAttr is no name of an LDAP attribute';
  return urlFault(ldap);
}

function kerberosFault(kerberos: Kerberos): string | undefined {
  const field = 'spec.identity.kerberos';
  if (!kerberos.servicePrincipal) return `${field}.servicePrincipal is missing, e.g. nfs/files.example.com@EXAMPLE.COM`;
  if (!kerberos.keytabSecretRef?.name)
    return `${field}.keytabSecretRef is missing: it holds the key of servicePrincipal`;
  return domainFault(kerberos) ?? machineAccountFault(kerberos.machineAccount);
}

function domainFault({ realm, netbiosDomain, dnsDomain }: Kerberos): string | undefined {
  const field = 'spec.identity.kerberos';
  if (/[@/ ]/.test(realm ?? '')) return `${field}.realm must not hold "@", "/" or spaces, e.g. EXAMPLE.COM`;
  if (/[.@/ ]/.test(netbiosDomain ?? ''))
    return `${field}.netbiosDomain must be one word without ".", "@" and "/", e.g. EXAMPLE`;
  if (/[@/ ]/.test(dnsDomain ?? '')) return `${field}.dnsDomain must not hold "@", "/" or spaces, e.g. example.com`;
  return undefined;
}

function machineAccountFault(account: Kerberos['machineAccount']): string | undefined {
  if (account?.enabled !== true) return undefined;
  const field = 'spec.identity.kerberos.machineAccount';
  if (!account.accountName) return `${field}.accountName is missing, e.g. FILES$`;
  if (!account.secretRef?.name && !account.keytabSecretRef?.name) {
    return `${field} needs secretRef (its password) or keytabSecretRef (its keytab)`;
  }
  return undefined;
}
