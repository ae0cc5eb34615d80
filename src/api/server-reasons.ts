// The reasons that have to do with what runs: the server's own API, its adapters and policies, and its database while it serves. A part
// of the one table in reasons.ts.
import type { ReasonEntry } from './reasons.ts';

export const NOTHING = 'Nothing to do.';
export const BY_ITSELF = 'Nothing to do: it goes on by itself when this ends.';

export const SERVER_REASONS = {
  AuthenticationSucceeded: {
    on: 'Authenticated',
    meaning: 'The API of the server accepts the account of the provisioner.',
    remedy: NOTHING,
  },
  APIDue: {
    on: 'any',
    meaning: 'The API of the server is about to be asked.',
    remedy: BY_ITSELF,
  },
  APIUnreachable: {
    on: 'any',
    meaning: 'The API of the server does not answer, or answers with a failure of its own.',
    remedy:
      'See the cause in the message: a NetworkPolicy, the cluster’s DNS, the server’s log. It is tried again ever less often; that the server answers is seen within half a minute.',
    deadline: 'pods',
  },
  APIUntrusted: {
    on: 'any',
    meaning: 'Provisioner and server do not trust each other over TLS.',
    remedy:
      'Put the issuer’s certificate under ca.crt into the Secret of spec.controlPlane.certSecretName; where clients must show a certificate, put one under tls.crt and tls.key into that of clientCASecretName.',
    deadline: 'pods',
  },
  AuthenticationFailed: {
    on: 'any',
    meaning: 'The server refuses the account of the provisioner, and it cannot be made anew.',
    remedy:
      'Put the present password of the server’s user admin into the Secret that the message names; it goes on by itself.',
    deadline: 'pods',
  },
  APIRefused: {
    on: 'any',
    meaning: 'The server refuses or does not understand what it is asked.',
    remedy: 'See the message; usually a version of the server that this provisioner does not know.',
    deadline: 'pods',
  },
  APIBusy: {
    on: 'any',
    meaning: 'Many servers that do not answer are being asked just now; the turn of this one comes.',
    remedy: BY_ITSELF,
    deadline: 'pods',
  },

  AdaptersReachable: {
    on: 'AdaptersExposed',
    meaning: 'Every protocol adapter that is switched on runs, and has a Service and a NetworkPolicy.',
    remedy: NOTHING,
  },
  AdaptersDue: {
    on: 'AdaptersExposed',
    meaning: 'Services or NetworkPolicies of protocol adapters are about to be applied or removed.',
    remedy: BY_ITSELF,
  },
  AdapterNotHealthy: {
    on: 'AdaptersExposed',
    meaning: 'A protocol adapter that is switched on does not run.',
    remedy: 'Read the log of the server; most often another adapter has its port.',
    deadline: 'pods',
  },

  PoliciesApplied: {
    on: 'SnapshotsScheduled',
    meaning: 'The server has every snapshot policy of the specification.',
    remedy: NOTHING,
  },
  ShareMissing: {
    on: 'SnapshotsScheduled',
    meaning: 'A snapshot policy is for a share that the server does not have.',
    remedy:
      'Create the share, or remove the policy. A new share is seen at the pace of spec.adapterDiscovery.pollingInterval.',
  },

  DatabaseUnreachable: {
    on: 'DatabaseReady',
    meaning: 'The running server says that it does not reach its database, or one that starts waits for it in vain.',
    remedy:
      'See whether PostgreSQL runs and can be reached. The server comes back by itself; after a changed password it needs a restart.',
    deadline: 'database',
  },
  DatabaseLoginDue: {
    on: 'DatabaseReady',
    meaning:
      'Credentials are about to be tried on the database: new ones before the server gets them, present ones where it is in trouble.',
    remedy: BY_ITSELF,
  },
  DatabaseLoginRefused: {
    on: 'DatabaseReady',
    meaning: 'The database does not accept the credentials. New ones are kept from a server that runs.',
    remedy: 'Correct the credentials as the message says; it goes on by itself.',
    deadline: 'database',
  },
  DatabaseLoginUnchecked: {
    on: 'DatabaseReady',
    meaning:
      'The database cannot be reached from the provisioner, so that new credentials cannot be tried; the server keeps those that it has.',
    remedy: 'Let the provisioner reach the database (NetworkPolicy, DNS); it goes on by itself.',
    deadline: 'database',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;
