// Whether what stands in a user's Secret can work at all. The server ends at its start on most of these, some only after it has written to
// its database; pgBackRest silently ignores what it does not know. Facts of DittoFS 0.29.0 and pgBackRest. No value is ever quoted.
import type { SecretPurpose } from '../../src/manifests/index.ts';

/** Values of a Secret by key, decoded. */
export type Values = ReadonlyMap<string, Buffer>;

/** What is wrong, as a clause after the Secret's name; undefined when nothing is. */
type Check = (values: Values) => string | undefined;

/** A check of the first of the keys, whatever its name. */
const ofKey =
  (is: (value: Buffer) => boolean, wrong: string): Check =>
  (values) => {
    const [entry] = values;
    return entry && !is(entry[1]) ? `key "${entry[0]}" ${wrong}` : undefined;
  };

const holds = (value: Buffer | undefined, mark: string): boolean => value?.includes(mark) ?? false;
const notEmpty = ofKey(({ byteLength }) => byteLength > 0, 'is empty');

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-full'];

function portFault(port: string | undefined): string | undefined {
  const isPort = port === undefined || (/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535);
  return isPort ? undefined : 'key "port" is no port number';
}

const externalPostgres: Check = (values) => {
  const empty = ['host', 'database', 'user', 'password'].find((key) => values.get(key)?.byteLength === 0);
  if (empty !== undefined) return `key "${empty}" is empty`;
  const mode = values.get('sslmode')?.toString();
  if (mode !== undefined && !SSL_MODES.includes(mode)) return `key "sslmode" must be one of ${SSL_MODES.join(', ')}`;
  return portFault(values.get('port')?.toString());
};

const tls: Check = (values) => {
  if (!holds(values.get('tls.crt'), '-----BEGIN CERTIFICATE-----')) return 'key "tls.crt" holds no certificate in PEM';
  if (!holds(values.get('tls.key'), 'PRIVATE KEY-----')) return 'key "tls.key" holds no private key in PEM';
  return undefined;
};

const CHECKS: Readonly<Partial<Record<SecretPurpose, Check>>> = {
  jwt: ofKey(({ byteLength }) => byteLength >= 32, 'has fewer than 32 characters'),
  admin: ofKey(({ byteLength }) => byteLength >= 8 && byteLength <= 72, 'must have 8 to 72 bytes'),
  'external-postgres': externalPostgres,
  'ldap-password': notEmpty,
  'metrics-token': ofKey((value) => value.toString().trim() !== '', 'is empty'),
  keytab: notEmpty,
  'krb5-conf': notEmpty,
  'machine-secret': notEmpty,
  'machine-keytab': notEmpty,
  tls,
  'client-ca': ofKey((value) => holds(value, '-----BEGIN CERTIFICATE-----'), 'holds no certificate in PEM'),
};

/** What is wrong with the values that something reads of a user's Secret. */
export function formFault(purpose: SecretPurpose, values: Values): string | undefined {
  return CHECKS[purpose]?.(values);
}

/** Options that pgBackRest must find, in a section of any name. */
const CREDENTIALS = ['repo1-s3-key', 'repo1-s3-key-secret'];

const hasOption = (text: string, option: string): boolean =>
  new RegExp(`^[ \\t]*${option}[ \\t]*=[ \\t]*\\S`, 'm').test(text);

/**
 * pgBackRest reads files whose names end in .conf, with options under a section, and nothing else: single keys such as s3-key would be
 * ignored, and every backup fail.
 */
export function backupFault(values: Values): string | undefined {
  const files = [...values].filter(([key]) => key.endsWith('.conf')).map(([, value]) => value.toString());
  const example = 'a key such as s3.conf with the lines "[global]", "repo1-s3-key=..." and "repo1-s3-key-secret=..."';
  if (files.length === 0) return `has no key that ends in .conf, and pgBackRest reads no other: it needs ${example}`;
  const text = files.join('\n');
  // Pods with an identity of their own need no keys.
  const keyless = /^[ \t]*repo1-s3-key-type[ \t]*=[ \t]*(?!shared)\S/m.test(text);
  const missing = CREDENTIALS.filter((option) => !keyless && !hasOption(text, option));
  const lacks = [...(/^[ \t]*\[[^\]]+\]/m.test(text) ? [] : ['a section such as [global]']), ...missing];
  return lacks.length > 0 ? `lacks ${lacks.join(' and ')} in its .conf key: it needs ${example}` : undefined;
}
