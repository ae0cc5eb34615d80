// Whether the database will accept a password: Percona's operator hands it the SCRAM verifier in the user Secret, not the password. One
// who sets the password and leaves the verifier gets a uri that the database refuses (seen on operator 2.9.0). Form: RFC 5803.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const FORM = /^SCRAM-SHA-256\$(\d{1,7}):([^$]+)\$([^:]+):(.+)$/;
/** What everybody uses is 4,096; far more would hold up the process. */
const MOST_ITERATIONS = 100_000;
/** Other characters are normalised before they are hashed (SASLprep), which is not done here. */
const PLAIN = /^[\x20-\x7e]*$/;

const MEND = 'empty both its password and its verifier, and the Percona operator makes a new pair';

function storedKey(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  return createHash('sha256').update(createHmac('sha256', salted).update('Client Key').digest()).digest('base64');
}

/** A clause after the Secret's name; undefined when the verifier is that of the password, or is of a form that is not known here. */
export function verifierFault(password: string, verifier: string): string | undefined {
  if (verifier === '') return `has no verifier for its password: if it stays so, ${MEND}`;
  const [, iterations = '', salt = '', stored] = FORM.exec(verifier) ?? [];
  if (stored === undefined || Number(iterations) > MOST_ITERATIONS || !PLAIN.test(password)) return undefined;
  if (storedKey(password, Buffer.from(salt, 'base64'), Number(iterations)) === stored) return undefined;
  return `has a verifier of another password, so that the database refuses its password: ${MEND}`;
}
