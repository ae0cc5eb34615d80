// The PerconaPGCluster: Percona is installed, the cluster exists, and it is ours.
import { names } from '../api/names.ts';
import type { Facts, PostgresClusterFact } from './facts.ts';
import { met, OFF, wait, type Finding, type Requirement } from './finding.ts';

function judgeOperator({ perconaOperator }: Facts): Finding | undefined {
  if (perconaOperator.state === 'absent') {
    const message = 'the API pgv2.percona.com is not installed: install the Percona Operator for PostgreSQL';
    return wait('DatabaseAPIMissing', message, { budget: 'database', unknown: true });
  }
  if (perconaOperator.state === 'unreadable') return undefined;
  const { version, supported, supportedVersions, missingImages } = perconaOperator.value;
  if (!supported) {
    const message = `the installed Percona operator ${version} cannot be used; supported are ${supportedVersions}`;
    return wait('DatabaseOperatorUnsupported', message, { budget: 'database' });
  }
  if (missingImages.length === 0) return undefined;
  const message = `no images are known for Percona operator ${version} with this PostgreSQL: set ${missingImages.join(' and ')}`;
  return wait('DatabaseOperatorUnsupported', message, { budget: 'database' });
}

function judgeLive({ ownership, terminating }: PostgresClusterFact, name: string): Finding {
  if (terminating || ownership === 'collected') {
    return wait('PostgresClusterTerminating', `PerconaPGCluster "${name}" is being deleted`, { budget: 'database' });
  }
  if (ownership === 'ours') return met('PostgresReady', `PerconaPGCluster "${name}" exists`);
  const whose = ownership === 'former' ? 'an earlier DittoServer of this name' : 'somebody else';
  const message = `PerconaPGCluster "${name}" exists and belongs to ${whose}: delete or rename it`;
  return wait('ForeignPostgresCluster', message, { budget: 'database' });
}

/** Whether creating the cluster would lose or guess data: PostgreSQL starts on any volume that is left under its name. */
function judgeVolumes({ server, databaseClaims }: Facts): Finding | undefined {
  if (databaseClaims.state === 'unreadable') {
    return wait('DatabaseUnreadable', `volume claims could not be read: ${databaseClaims.why}`, { unknown: true });
  }
  const claims = databaseClaims.state === 'known' ? databaseClaims.value.map(({ name }) => name).sort() : [];
  const { name } = server.metadata;
  if (claims.length > 1) {
    const message = `volume claims ${claims.join(', ')} are left of an earlier database: delete all but the one to start on`;
    return wait('LeftoverVolumes', message);
  }
  if (server.status?.perconaClusterUid && claims.length === 0) {
    const message = `PerconaPGCluster "${names(name).postgresCluster}" and its volume are gone: a new one would be empty`;
    return wait('DatabaseLost', message);
  }
  return undefined;
}

export const postgresClusterExists: Requirement = {
  name: 'postgresClusterExists',
  condition: 'DatabaseReady',
  judge: (facts) => {
    const { server, postgresCluster, perconaHash } = facts;
    if (server.spec?.percona?.enabled !== true) return OFF;
    const operator = judgeOperator(facts);
    if (operator && postgresCluster.state !== 'known') return operator;
    const name = names(server.metadata.name).postgresCluster;
    if (postgresCluster.state === 'unreadable') {
      const message = `PerconaPGCluster "${name}" could not be read: ${postgresCluster.why}`;
      return wait('DatabaseUnreadable', message, { unknown: true });
    }
    if (postgresCluster.state === 'known') return judgeLive(postgresCluster.value, name);
    return (
      judgeVolumes(facts) ?? {
        state: 'act',
        step: 'createPostgresCluster',
        intent: perconaHash,
        summary: `create PerconaPGCluster ${name}`,
        needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'foundationApplied'],
        reason: 'DatabaseDue',
        message: `PerconaPGCluster "${name}" is to be created`,
      }
    );
  },
};
