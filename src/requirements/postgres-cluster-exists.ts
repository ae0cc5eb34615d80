// The PerconaPGCluster: Percona is installed, the cluster exists, and it is ours.
import type { StoredMeta } from '../api/kubernetes.ts';
import { LABELS, names } from '../api/names.ts';
import { conflictMessage } from './conflict.ts';
import { valueOf, type Facts, type PerconaOperatorFact, type PostgresClusterFact } from './facts.ts';
import { met, OFF, unreadable, wait, type ActFinding, type Finding, type Requirement } from './finding.ts';

function judgeVersion({ version, supported, supportedVersions, missingImages }: PerconaOperatorFact) {
  if (!supported) {
    const message = `the installed Percona operator ${version} cannot be used; supported are ${supportedVersions}`;
    return wait('DatabaseOperatorUnsupported', message);
  }
  if (missingImages.length === 0) return undefined;
  const message = `no images are known for Percona operator ${version} with this PostgreSQL: set ${missingImages.join(' and ')}`;
  return wait('DatabaseOperatorUnsupported', message);
}

/** Whether there is an operator to create a cluster for. Where its CRD may not be read, the create itself will tell. */
function judgeOperator({ perconaOperator }: Facts): Finding | undefined {
  if (perconaOperator.state === 'known') return judgeVersion(perconaOperator.value);
  if (perconaOperator.state === 'unreadable') return undefined;
  const message = 'the API pgv2.percona.com is not installed: install the Percona Operator for PostgreSQL';
  return unreadable('DatabaseAPIMissing', message);
}

/** A database that was kept on purpose is handed over, never deleted on our advice. */
function judgeForeign({ ownership }: PostgresClusterFact, name: string, { uid, namespace = '' }: StoredMeta): Finding {
  const message =
    ownership === 'former'
      ? `PerconaPGCluster "${name}" was kept from an earlier DittoServer of this name: use another name, or hand its data over with kubectl label -n ${namespace} perconapgcluster ${name} ${LABELS.ownerUid}=${uid} --overwrite`
      : `PerconaPGCluster "${name}" exists and belongs to somebody else: use another name for the DittoServer, or ask its owner to move it away`;
  return wait('ForeignPostgresCluster', message);
}

function judgeLive(cluster: PostgresClusterFact, name: string, meta: StoredMeta): Finding {
  const { ownership, terminating } = cluster;
  if (terminating || ownership === 'collected') {
    return wait('PostgresClusterTerminating', `PerconaPGCluster "${name}" is being deleted`);
  }
  if (ownership === 'ours') return met('PostgresReady', `PerconaPGCluster "${name}" exists`);
  return judgeForeign(cluster, name, meta);
}

/** Names that the operator needs, and that a DittoServer named like this cluster has: the operator would try for ever. */
export function judgeTaken({ databaseTaken }: Facts): Finding | undefined {
  return databaseTaken.length > 0 ? wait('ObjectConflict', conflictMessage(databaseTaken)) : undefined;
}

const volumesLeft = ({ databaseClaims }: Facts): readonly string[] =>
  (valueOf(databaseClaims) ?? []).map(({ name }) => name).sort();

/** Whether creating the cluster would lose or guess data: PostgreSQL starts on any volume that is left under its name. */
function judgeVolumes(facts: Facts, name: string): Finding | undefined {
  const { server, databaseClaims } = facts;
  if (databaseClaims.state === 'unreadable') {
    return unreadable('DatabaseUnreadable', `volume claims could not be read: ${databaseClaims.why}`);
  }
  const going = (valueOf(databaseClaims) ?? []).find(({ terminating }) => terminating);
  if (going) {
    return wait('PostgresClusterTerminating', `volume claim ${going.name} of an earlier database is being deleted`);
  }
  const claims = volumesLeft(facts);
  if (claims.length > 1) {
    const message = `volume claims ${claims.join(', ')} are left of an earlier database: delete all but the one to start on`;
    return wait('LeftoverVolumes', message);
  }
  if (server.status?.perconaClusterUid && claims.length === 0) {
    return wait('DatabaseLost', `PerconaPGCluster "${name}" and its volume are gone: a new one would be empty`);
  }
  return undefined;
}

function create(facts: Facts, name: string): ActFinding {
  const over = volumesLeft(facts).map((claim) => `, on volume claim ${claim} which is left of an earlier database`);
  return {
    state: 'act',
    step: 'createPostgresCluster',
    intent: facts.perconaHash,
    summary: `create PerconaPGCluster ${name}${over.join('')}`,
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'foundationApplied'],
    reason: 'DatabaseDue',
    message: `PerconaPGCluster "${name}" is to be created${over.join('')}`,
  };
}

export const postgresClusterExists: Requirement = {
  name: 'postgresClusterExists',
  condition: 'DatabaseReady',
  judge: (facts) => {
    const { server, postgresCluster } = facts;
    if (server.spec?.percona?.enabled !== true) return OFF;
    const name = names(server.metadata.name).postgresCluster;
    if (postgresCluster.state === 'known') return judgeLive(postgresCluster.value, name, server.metadata);
    const operator = judgeOperator(facts);
    if (operator) return operator;
    if (postgresCluster.state === 'unreadable') {
      return unreadable('DatabaseUnreadable', `PerconaPGCluster "${name}" could not be read: ${postgresCluster.why}`);
    }
    return judgeTaken(facts) ?? judgeVolumes(facts, name) ?? create(facts, name);
  },
};
