// Reasons that have to do with the database's credentials; part of the table in reasons.ts.
import type { ReasonEntry } from './reasons.ts';
import { BY_ITSELF, NOTHING } from './server-reasons.ts';

export const CREDENTIALS_REASONS = {
  CredentialsMissing: {
    on: 'DatabaseReady',
    meaning:
      'The Secret with the database credentials, or a key in it, does not exist; or a new password was asked for, and the Percona operator has not written it yet.',
    remedy: 'It comes by itself. If it stays so, check the Percona operator.',
    deadline: 'database',
  },
  CredentialsIncomplete: {
    on: 'DatabaseReady',
    meaning: 'The Secret with the database credentials contradicts itself; a rotation may be under way.',
    remedy: 'If it stays so, let the Percona operator write it again: empty both its password and its verifier.',
    deadline: 'database',
  },
  CredentialsUnstable: {
    on: 'DatabaseReady',
    meaning: 'The Secret with the database credentials changes again and again: several writers undo one another.',
    remedy:
      'Stop one of the field managers that the message names. The server keeps the credentials that it has meanwhile.',
    deadline: 'database',
  },
  PasswordRotationDue: {
    on: 'DatabaseReady',
    meaning: 'The database password is about to be changed, as the annotation dittofs.io/rotate-password asks.',
    remedy: BY_ITSELF,
  },
  CredentialsSettling: {
    on: 'Progressing',
    meaning:
      'The database has new credentials; they must stay as they are for five seconds before the server gets them.',
    remedy: BY_ITSELF,
  },
  PasswordRotated: {
    on: 'event',
    meaning:
      'The Percona operator was asked for a new database password; the server is rolled to it when a login with it works.',
    remedy: NOTHING,
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;
