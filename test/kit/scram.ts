// The verifier of a password as PostgreSQL keeps it (RFC 5803), for tests.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const SALT = Buffer.from('0123456789abcdef');

/** @param iterations 4,096 is what PostgreSQL takes; fewer are quicker */
export function scramVerifier(password: string, iterations = 4_096): string {
  const salted = pbkdf2Sync(password, SALT, iterations, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${SALT.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}
