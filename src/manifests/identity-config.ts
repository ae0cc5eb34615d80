// The blocks of config.yaml for LDAP and Kerberos. What the user leaves out is left to the server's own defaults.
import type { KerberosSettings, LdapSettings } from './identity-settings.ts';
import { MOUNTED_FILES } from './volumes.ts';

/** Without what is not set. */
function given(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

/** The directory; its password comes through the environment. */
export function ldapConfig(ldap: LdapSettings): object {
  const tls = given({ ca_cert_file: ldap.caCertFile, insecure_skip_verify: ldap.insecureSkipVerify });
  return {
    enabled: true,
    ...given({
      url: ldap.url,
      start_tls: ldap.startTLS,
      allow_plaintext: ldap.allowPlaintext,
      base_dn: ldap.baseDN,
      bind_dn: ldap.bindDN,
      user_attr: ldap.userAttr,
      realm: ldap.realm,
      idmap: ldap.idmap,
      nested_groups: ldap.nestedGroups,
    }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

/** Kerberos, with the machine account of an Active Directory domain; keytabs are mounted, its password comes through the environment. */
export function kerberosConfig(kerberos: KerberosSettings): object {
  const { keytab, krb5ConfKey, machineAccount } = kerberos;
  return {
    enabled: true,
    ...given({
      keytab_path: keytab && MOUNTED_FILES.keytab,
      service_principal: kerberos.servicePrincipal,
      realm: kerberos.realm,
      netbios_domain: kerberos.netbiosDomain,
      dns_domain: kerberos.dnsDomain,
      krb5_conf: krb5ConfKey ? MOUNTED_FILES.krb5Conf : kerberos.krb5Conf,
    }),
    ...(machineAccount && { machine_account: machineAccountConfig(machineAccount) }),
  };
}

function machineAccountConfig({
  accountName,
  keytab,
  dcAddress,
}: NonNullable<KerberosSettings['machineAccount']>): object {
  return {
    enabled: true,
    ...given({ account_name: accountName, keytab_path: keytab && MOUNTED_FILES.machineKeytab }),
    ...(dcAddress.length > 0 && { dc_address: [...dcAddress] }),
  };
}
