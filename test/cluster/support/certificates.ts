// Certificates for tests, made by openssl: authorities, and what they sign for one host name.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Days; a test's run is shorter. */
const VALID = '2';

export interface Certificates {
  /** Path of `<name>.crt` or `<name>.key`. */
  file(name: string): string;
  /** Its text. */
  pem(name: string): string;
  /** An authority that is its own root. */
  authority(name: string): Promise<void>;
  /** A certificate for a host name, by an authority that was made before. */
  signed(name: string, by: string, host: string): Promise<void>;
}

export function certificatesIn(folder: string): Certificates {
  const file = (name: string): string => join(folder, name);
  const openssl = async (...args: readonly string[]): Promise<void> => {
    await execute('openssl', [...args], { cwd: folder });
  };
  const key = (name: string): readonly string[] => ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`]; // prettier-ignore
  return {
    file,
    pem: (name) => readFileSync(file(name), 'utf8'),
    authority: (name) => openssl('req', '-x509', ...key(name), '-days', VALID, '-out', `${name}.crt`),
    async signed(name, by, host) {
      writeFileSync(file(`${name}.ext`), `subjectAltName=DNS:${host}\n`);
      const issuer = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial'];
      await openssl('req', ...key(name), '-out', `${name}.csr`);
      await openssl('x509', '-req', '-in', `${name}.csr`, ...issuer, '-days', VALID, '-extfile', `${name}.ext`, '-out', `${name}.crt`); // prettier-ignore
    },
  };
}
