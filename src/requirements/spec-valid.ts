// Whether the specification makes sense. The CRD's schema refuses most of this at admission, but an object stored under an
// older CRD never passed it: every stored object is hostile input.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { MAX_NAME_LENGTH, MAX_NAME_LENGTH_WITH_PERCONA } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import { quoted } from '../api/schema.ts';
import { shapeFaults } from '../api/stored.ts';
import type { StoredDittoServer } from './facts.ts';
import { cronFault } from './cron.ts';
import { OFF, wait, type Requirement } from './finding.ts';
import { identityFault } from './identity-valid.ts';
import { imageFault } from './image-valid.ts';
import { serverApiFault } from './server-api-valid.ts';
import { quantityInBytes } from './quantity.ts';

/** Reason and message. */
type Fault = readonly [Reason, string];
type Percona = NonNullable<DittoServerSpec['percona']>;

const SIZE = /^[1-9][0-9]*(Mi|Gi|Ti)$/;
const MINIMUM_DATABASE_BYTES = 2 ** 30;
const DATABASE_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;
const EVERY_NIGHT = '0 2 * * *';
const TEMPLATES: readonly string[] = ['template0', 'template1'];
/** As Go's time.ParseDuration takes it, without a sign; the server does not start with another. */
const DURATION = /^([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+$/;

const invalid = (message: string): Fault => ['InvalidSpec', message];

function nameFault({ metadata: { name }, spec }: StoredDittoServer): Fault | undefined {
  if (name.includes('.')) {
    return [
      'NameInvalid',
      `metadata.name "${name}" has a dot, which Services cannot have: create it again under another name`,
    ];
  }
  const percona = spec?.percona?.enabled === true;
  const limit = percona ? MAX_NAME_LENGTH_WITH_PERCONA : MAX_NAME_LENGTH;
  if (name.length <= limit) return undefined;
  const why = percona ? 'the pods of its PerconaPGCluster' : 'its pods and Services';
  return [
    'NameTooLong',
    `metadata.name has ${name.length} characters, but at most ${limit} leave room for the names of ${why}: create it again under a shorter name`,
  ];
}

function replicasFault({ replicas = 1 }: DittoServerSpec): Fault | undefined {
  if (replicas === 0 || replicas === 1) return undefined;
  return invalid(`spec.replicas ${quoted('spec.replicas', replicas)} is not possible: use 1, or 0 to stop the server`);
}

function storageFault(spec: DittoServerSpec): Fault | undefined {
  const { storage } = spec as { storage?: Partial<DittoServerSpec['storage']> };
  if (storage?.metadataSize === undefined) return invalid('spec.storage.metadataSize is missing: set it, e.g. to 10Gi');
  const wrong = (['metadataSize', 'contentSize', 'controlPlaneSize'] as const).find(
    (field) => storage[field] !== undefined && !SIZE.test(storage[field]),
  );
  if (wrong === undefined) return undefined;
  const path = `spec.storage.${wrong}`;
  return invalid(`${path} ${quoted(path, storage[wrong])} is no size: use a whole number with Mi, Gi or Ti, e.g. 10Gi`);
}

function databaseSizeFault({ storageSize }: Percona): Fault | undefined {
  if (storageSize === undefined) return undefined;
  const path = 'spec.percona.storageSize';
  const bytes = quantityInBytes(storageSize);
  if (bytes === undefined) return invalid(`${path} ${quoted(path, storageSize)} is no quantity: use e.g. 10Gi`);
  if (bytes >= MINIMUM_DATABASE_BYTES) return undefined;
  return invalid(`${path} ${quoted(path, storageSize)} is below the minimum of 1Gi`);
}

function databaseNameFault({ databaseName }: Percona): Fault | undefined {
  if (databaseName === undefined) return undefined;
  if (DATABASE_NAME.test(databaseName) && !TEMPLATES.includes(databaseName)) return undefined;
  return invalid(
    `spec.percona.databaseName must begin with a letter or "_", hold at most 63 letters, digits, "_" and "-", and not be ${TEMPLATES.join(' or ')}`,
  );
}

function backupFault({ backup }: Percona): Fault | undefined {
  if (backup?.enabled !== true) return undefined;
  if (!backup.bucket || !backup.endpoint) {
    return invalid('spec.percona.backup needs bucket and endpoint: set both, or set enabled to false');
  }
  const field = (['fullSchedule', 'incrSchedule'] as const).find((one) => cronFault(backup[one] ?? EVERY_NIGHT));
  if (field === undefined) return undefined;
  const text = backup[field] ?? '';
  return invalid(
    `spec.percona.backup.${field} "${text}" ${cronFault(text) ?? ''}: write five cron fields, e.g. ${EVERY_NIGHT}`,
  );
}

function perconaFault({ percona, database }: DittoServerSpec): Fault | undefined {
  if (percona?.enabled !== true) return undefined;
  if (database?.postgresSecretRef?.name) {
    return [
      'TwoDatabases',
      'spec.percona.enabled and spec.database.postgresSecretRef are both set: remove one of them',
    ];
  }
  return databaseSizeFault(percona) ?? databaseNameFault(percona) ?? backupFault(percona);
}

/** Without this a typing mistake would put the data into SQLite, and nobody would notice. */
function databaseFault({ database, percona }: DittoServerSpec): Fault | undefined {
  if (database?.type !== 'postgres' || percona?.enabled === true || database.postgresSecretRef?.name) return undefined;
  return invalid(
    'spec.database.type is postgres, but no PostgreSQL is named: set spec.database.postgresSecretRef.name (an external one) or spec.percona.enabled (one of its own)',
  );
}

function durationFault({ identity }: DittoServerSpec): Fault | undefined {
  const wrong = (['accessTokenDuration', 'refreshTokenDuration'] as const).find((field) => {
    const duration = identity?.jwt?.[field];
    return duration !== undefined && !DURATION.test(duration);
  });
  if (wrong === undefined) return undefined;
  const path = `spec.identity.jwt.${wrong}`;
  return invalid(
    `${path} is ${quoted(path, identity?.jwt?.[wrong])}, which is no duration: use a number and a unit, e.g. 15m or 168h`,
  );
}

/** What our schema would have refused; `only`: values of which nothing can be made at all. */
function shapeFault(spec: DittoServerSpec, only?: 'type'): Fault | undefined {
  const fault = shapeFaults(spec).find(({ kind }) => only === undefined || kind === only);
  return fault && invalid(fault.message);
}

/** A check that says what is wrong in a sentence, as one among the others. */
const inWords =
  (check: (spec: DittoServerSpec) => string | undefined) =>
  (spec: DittoServerSpec): Fault | undefined => {
    const fault = check(spec);
    return fault === undefined ? undefined : invalid(fault);
  };

/** Values of a wrong type first. What the schema says comes after what we say of the same field in more words. */
const CHECKS: readonly ((spec: DittoServerSpec) => Fault | undefined)[] = [
  (spec) => shapeFault(spec, 'type'),
  replicasFault,
  storageFault,
  perconaFault,
  databaseFault,
  inWords(imageFault),
  durationFault,
  (spec) => shapeFault(spec),
  inWords(identityFault),
  inWords(serverApiFault),
];

/** No later check is asked once one has found a fault: it may not stand the value. */
function firstOf(spec: DittoServerSpec): Fault | undefined {
  for (const check of CHECKS) {
    const fault = check(spec);
    if (fault) return fault;
  }
  return undefined;
}

/** The first fault of a DittoServer. */
function faultOf(server: StoredDittoServer): Fault | undefined {
  const { spec } = server;
  if (spec === undefined)
    return nameFault(server) ?? invalid('spec is missing: at least spec.storage.metadataSize must be set');
  return nameFault(server) ?? firstOf(spec);
}

export const specValid: Requirement = {
  name: 'specValid',
  condition: 'ConfigReady',
  judge: ({ server }) => {
    const fault = faultOf(server);
    return fault ? wait(...fault) : OFF;
  },
};
