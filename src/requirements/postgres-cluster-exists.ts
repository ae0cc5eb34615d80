// The PerconaPGCluster: Percona is installed, the cluster exists, and it is ours.
import { ANNOTATIONS, names, POSTGRES_CLUSTER_LABEL } from '../api/names.ts';
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

function adopt(name: string, hash: string): ActFinding {
  return {
    state: 'act',
    step: 'adoptPostgresCluster',
    intent: hash,
    summary: `take over PerconaPGCluster ${name}`,
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused'],
    reason: 'DatabaseDue',
    message: `PerconaPGCluster "${name}" is to be taken over`,
  };
}

/**
 * One that an earlier DittoServer of this name left is ours by its labels: its owner is gone, since the name is ours now. One that
 * somebody else made is taken over only if the user names it by its uid.
 */
function judgeOther(cluster: PostgresClusterFact, name: string, { server, perconaHash }: Facts): Finding {
  const { ownership, uid, controller } = cluster;
  const { namespace = '', annotations, name: own } = server.metadata;
  const isNamed = annotations?.[ANNOTATIONS.adoptDatabase] === uid && controller === undefined;
  if (ownership === 'former' || isNamed) return adopt(name, perconaHash);
  const owner = controller ?? 'somebody else';
  const how =
    controller === undefined
      ? `; or, if the DittoServer is to have it, kubectl annotate -n ${namespace} dittoserver ${own} ${ANNOTATIONS.adoptDatabase}=${uid}`
      : '';
  const message = `PerconaPGCluster "${name}" exists and belongs to ${owner}: use another name for the DittoServer${how}`;
  return wait('ForeignPostgresCluster', message);
}

function judgeLive(cluster: PostgresClusterFact, name: string, facts: Facts): Finding {
  const { ownership, terminating } = cluster;
  if (terminating || ownership === 'collected') {
    return wait('PostgresClusterTerminating', `PerconaPGCluster "${name}" is being deleted`);
  }
  if (ownership === 'ours') return met('PostgresReady', `PerconaPGCluster "${name}" exists`);
  return judgeOther(cluster, name, facts);
}

/**
 * A PerconaPGCluster is gone before its database has ended: its pods run on until its operator has worked off what it made of it. A new
 * one would be mixed up with that.
 */
function judgeEnding({ innerCluster, databasePods }: Facts, name: string): Finding | undefined {
  if (innerCluster.state === 'unreadable') {
    return unreadable('DatabaseUnreadable', `PostgresCluster "${name}" could not be read: ${innerCluster.why}`);
  }
  const inner = valueOf(innerCluster);
  if (inner && !inner.ofPercona) {
    const message = `PostgresCluster "${name}" exists and belongs to no PerconaPGCluster: use another name for the DittoServer`;
    return wait('ForeignPostgresCluster', message);
  }
  if (databasePods.state === 'unreadable') {
    return unreadable('DatabaseUnreadable', `pods of an earlier database could not be read: ${databasePods.why}`);
  }
  const pods = (valueOf(databasePods) ?? []).map((pod) => pod.name).sort();
  if (!inner && pods.length === 0) return undefined;
  const what = pods.length > 0 ? `pods ${pods.join(', ')}` : `PostgresCluster "${name}"`;
  return wait('PostgresClusterTerminating', `an earlier database of this name has not ended yet: ${what}`);
}

/** Names that the operator needs, and that a DittoServer named like this cluster has: the operator would try for ever. */
export function judgeTaken({ databaseTaken }: Facts): Finding | undefined {
  return databaseTaken.length > 0 ? wait('ObjectConflict', conflictMessage(databaseTaken)) : undefined;
}

const volumesLeft = ({ databaseClaims }: Facts): readonly string[] =>
  (valueOf(databaseClaims) ?? []).map(({ name }) => name).sort();

/** Whether creating the cluster would lose or guess data: PostgreSQL starts on any volume that is left under its name. */
function judgeVolumes(facts: Facts, name: string): Finding | undefined {
  const { databaseClaims, databaseRecord } = facts;
  if (databaseClaims.state === 'unreadable') {
    return unreadable('DatabaseUnreadable', `volume claims could not be read: ${databaseClaims.why}`);
  }
  const going = (valueOf(databaseClaims) ?? []).find(({ terminating }) => terminating);
  if (going) {
    return wait('PostgresClusterTerminating', `volume claim ${going.name} of an earlier database is being deleted`);
  }
  const left = volumesLeft(facts);
  if (left.length > 0 && databaseRecord.state === 'unreadable') {
    return unreadable(
      'DatabaseUnreadable',
      `what is on volume claim ${left.join(', ')} could not be read: ${databaseRecord.why}`,
    );
  }
  return judgeLeft(facts, name);
}

const ONE_ONLY = `take the label ${POSTGRES_CLUSTER_LABEL} off all but the one to start on (they stay), or delete them`;

/** With exactly one volume there is nothing to decide. */
function judgeLeft({ server, ...facts }: Facts, name: string): Finding | undefined {
  const claims = volumesLeft({ server, ...facts });
  const { perconaClusterUid: lost } = server.status ?? {};
  if (claims.length > 1) {
    const message = `volume claims ${claims.join(', ')} are left of an earlier database: ${ONE_ONLY}`;
    return lost
      ? wait('DatabaseLost', `PerconaPGCluster "${name}" is gone, and ${message}`)
      : wait('LeftoverVolumes', message);
  }
  const { name: own, namespace = '', annotations } = server.metadata;
  if (!lost || claims.length === 1 || annotations?.[ANNOTATIONS.acceptEmptyDatabase] === lost) return undefined;
  const how = `kubectl annotate -n ${namespace} dittoserver ${own} ${ANNOTATIONS.acceptEmptyDatabase}=${lost} --overwrite`;
  const unused = facts.unusedClaims;
  const gone =
    unused.length > 0
      ? `PerconaPGCluster "${name}" is gone, and a new one would be empty, since volume claims ${unused.join(', ')} bear no label ${POSTGRES_CLUSTER_LABEL} any more: put the labels of Percona's operator back on the one to start on`
      : `PerconaPGCluster "${name}" and its volume are gone, and a new one would be empty: restore it`;
  const message = `${gone}, or accept an empty one with ${how}`;
  return wait('DatabaseLost', message);
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
    if (postgresCluster.state === 'known') return judgeLive(postgresCluster.value, name, facts);
    const operator = judgeOperator(facts);
    if (operator) return operator;
    if (postgresCluster.state === 'unreadable') {
      return unreadable('DatabaseUnreadable', `PerconaPGCluster "${name}" could not be read: ${postgresCluster.why}`);
    }
    return judgeTaken(facts) ?? judgeEnding(facts, name) ?? judgeVolumes(facts, name) ?? create(facts, name);
  },
};
