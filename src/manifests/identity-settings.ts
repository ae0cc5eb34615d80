// What a DittoServer asks for of LDAP and Kerberos: only blocks that are enabled count, and a reference without a name means none.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { secretKey } from '../api/secret-key-selector.ts';

type Identity = NonNullable<DittoServerSpec['identity']>;

export type LdapSettings = NonNullable<ReturnType<typeof ldapSettings>>;
export type KerberosSettings = NonNullable<ReturnType<typeof kerberosSettings>>;

/** spec.identity.ldap; undefined when no directory is used. */
export function ldapSettings(ldap: Identity['ldap']) {
  if (ldap?.enabled !== true) return undefined;
  const { bindPasswordSecretRef, ...rest } = ldap;
  return { ...rest, bindPassword: secretKey(bindPasswordSecretRef) };
}

/** spec.identity.kerberos; undefined when Kerberos is not used. */
export function kerberosSettings(kerberos: Identity['kerberos']) {
  if (kerberos?.enabled !== true) return undefined;
  const { keytabSecretRef, krb5ConfSecretRef, machineAccount, ...rest } = kerberos;
  return {
    ...rest,
    keytab: secretKey(keytabSecretRef),
    krb5ConfKey: secretKey(krb5ConfSecretRef),
    machineAccount: machineAccountSettings(machineAccount),
  };
}

function machineAccountSettings(account: NonNullable<Identity['kerberos']>['machineAccount']) {
  if (account?.enabled !== true) return undefined;
  const { accountName, dcAddress = [], secretRef, keytabSecretRef } = account;
  return { accountName, dcAddress, secret: secretKey(secretRef), keytab: secretKey(keytabSecretRef) };
}
