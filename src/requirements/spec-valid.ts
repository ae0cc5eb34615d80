// Whether the specification makes sense. The CRD's schema refuses most of this at admission, but an object stored under an
// older CRD never passed it: every stored object is hostile input.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { MAX_NAME_LENGTH, MAX_NAME_LENGTH_WITH_PERCONA } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import type { StoredDittoServer } from './facts.ts';
import { OFF, wait, type Requirement } from './finding.ts';
import { notSupportedYet } from './not-supported-yet.ts';

type Fault = readonly [Reason, string];

const SIZE = /^[1-9][0-9]*(Mi|Gi|Ti)$/;
const QUANTITY = /^([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][0-9]{1,2})?$/;
const SCALE: Readonly<Record<string, number>> = {
  k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, m: 1e-3,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore
const MINIMUM_DATABASE_BYTES = 2 ** 30;
const DATABASE_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Bytes of a Kubernetes quantity; undefined when it is none. */
export function quantityInBytes(text: unknown): number | undefined {
  const match = typeof text === 'string' || typeof text === 'number' ? QUANTITY.exec(String(text)) : null;
  if (!match) return undefined;
  const [, digits, suffix = ''] = match;
  const scale = suffix === '' ? 1 : (SCALE[suffix] ?? 10 ** Number(suffix.slice(1)));
  return Number(digits) * scale;
}

function nameFault({ metadata, spec }: StoredDittoServer): Fault | undefined {
  const { name } = metadata;
  const percona = spec?.percona?.enabled === true;
  const limit = percona ? MAX_NAME_LENGTH_WITH_PERCONA : MAX_NAME_LENGTH;
  if (name.includes('.')) {
    return ['InvalidSpec', `metadata.name "${name}" has a dot, which Services cannot have: use another name`];
  }
  if (name.length <= limit) return undefined;
  const why = percona ? 'the pods of its PerconaPGCluster' : 'its pods and Services';
  return [
    'NameTooLong',
    `metadata.name has ${name.length} characters, but at most ${limit} leave room for the names of ${why}: create it again under a shorter name`,
  ];
}

function storageFault(spec: DittoServerSpec): Fault | undefined {
  const { storage } = spec as { storage?: Partial<DittoServerSpec['storage']> };
  if (!storage?.metadataSize) return ['InvalidSpec', 'spec.storage.metadataSize is missing: set it, e.g. to 10Gi'];
  for (const field of ['metadataSize', 'contentSize', 'controlPlaneSize'] as const) {
    const size = storage[field];
    if (size !== undefined && !SIZE.test(size)) {
      return [
        'InvalidSpec',
        `spec.storage.${field} "${size}" is no size: use a whole number with Mi, Gi or Ti, e.g. 10Gi`,
      ];
    }
  }
  return undefined;
}

function perconaFault({ percona, database }: DittoServerSpec): Fault | undefined {
  if (percona?.enabled !== true) return undefined;
  if (database?.postgresSecretRef?.name) {
    return [
      'TwoDatabases',
      'spec.percona.enabled and spec.database.postgresSecretRef are both set: remove one of them',
    ];
  }
  const { storageSize, databaseName, backup } = percona;
  if (storageSize !== undefined) {
    const bytes = quantityInBytes(storageSize);
    if (bytes === undefined)
      return ['InvalidSpec', `spec.percona.storageSize "${storageSize}" is no quantity: use e.g. 10Gi`];
    if (bytes < MINIMUM_DATABASE_BYTES) {
      return ['InvalidSpec', `spec.percona.storageSize ${storageSize} is below the minimum of 1Gi`];
    }
  }
  if (databaseName !== undefined && !DATABASE_NAME.test(databaseName)) {
    return [
      'InvalidSpec',
      'spec.percona.databaseName must begin with a letter and hold at most 63 letters, digits, "_" and "-"',
    ];
  }
  if (backup?.enabled === true && (!backup.bucket || !backup.endpoint)) {
    return ['InvalidSpec', 'spec.percona.backup needs bucket and endpoint: set both, or set enabled to false'];
  }
  return undefined;
}

function unsupportedFault(spec: DittoServerSpec): Fault | undefined {
  const paths = notSupportedYet(spec);
  if (paths.length === 0) return undefined;
  return [
    'NotSupportedYet',
    `this version of the provisioner does not serve ${paths.join(', ')}: remove it from the specification`,
  ];
}

export const specValid: Requirement = {
  name: 'specValid',
  condition: 'ConfigReady',
  judge: ({ server }) => {
    const spec = server.spec as DittoServerSpec | undefined;
    if (!spec) return wait('InvalidSpec', 'spec is missing: at least spec.storage.metadataSize must be set');
    const fault = nameFault(server) ?? storageFault(spec) ?? perconaFault(spec) ?? unsupportedFault(spec);
    return fault ? wait(...fault) : OFF;
  },
};
