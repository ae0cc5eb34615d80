// The status that a DittoServer should show, and whether it differs from the one that is stored.
import { canonicalJson } from '../api/fingerprint.ts';
import type { DittoServerStatus } from '../api/generated/ditto-server.ts';
import { names } from '../api/names.ts';
import { CONDITION_TYPES } from '../api/reasons.ts';
import { hasDatabase, valueOf, type Facts, type StatefulSetFact } from './facts.ts';
import { holds, type Findings } from './finding.ts';
import type { Judgement } from './judge.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

/** What status tells of a judgement. */
type Told = Pick<Judgement, 'stalled' | 'conditions' | 'findings'>;

export type Phase = NonNullable<DittoServerStatus['phase']>;

/** The predecessor's five words: Deleting, Failed when stalled, Stopped at zero replicas, Running when its pods are ready, else Pending. */
export function phaseOf(facts: Facts, { stalled, conditions }: Omit<Told, 'findings'>): Phase {
  if (facts.server.metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (stalled) return 'Failed';
  const available = conditions.find(({ type }) => type === 'Available');
  if (available?.reason === 'Stopped') return 'Stopped';
  return available?.status === 'True' && wantedReplicas(facts) > 0 ? 'Running' : 'Pending';
}

const NO_PODS = { statusReplicas: 0, readyReplicas: 0, availableReplicas: 0 };

function podsStatus(live: StatefulSetFact | undefined, before: DittoServerStatus | undefined) {
  const { statusReplicas: replicas, readyReplicas, availableReplicas } = live ?? NO_PODS;
  const configHash = live?.configHash || before?.configHash;
  return { replicas, readyReplicas, availableReplicas, ...(configHash && { configHash }) };
}

function rememberedDatabase({ perconaClusterName, perconaClusterUid }: DittoServerStatus = {}) {
  return { ...(perconaClusterName && { perconaClusterName }), ...(perconaClusterUid && { perconaClusterUid }) };
}

/** The PerconaPGCluster that holds the data, or once held it. A server that runs on SQLite has none, also if it was to have one once. */
function databaseStatus({ server, postgresCluster }: Facts, live: StatefulSetFact | undefined) {
  const onSqlite =
    live?.onPostgres === false && (server.spec?.percona?.enabled !== true || live.predecessor !== undefined);
  if (onSqlite) return {};
  const cluster = valueOf(postgresCluster);
  // One that the server was switched away from is not remembered anew.
  if (cluster?.ownership === 'ours' && hasDatabase(server)) {
    return { perconaClusterName: names(server.metadata.name).postgresCluster, perconaClusterUid: cluster.uid };
  }
  return rememberedDatabase(server.status);
}

/** A generation is acknowledged only once its deletion policy is in force: whoever deletes then gets what he asked for. */
function acknowledged({ server }: Facts, findings: Findings): number {
  const { generation = 0 } = server.metadata;
  return holds(findings, 'deletionPolicyApplied') ? generation : (server.status?.observedGeneration ?? -1);
}

/** Without what an older CRD does not know: it would refuse the whole status. */
function known<T extends object>(status: T, { crdLacks }: Facts): T {
  const kept = Object.entries(status).filter(([field]) => !crdLacks.includes(`status.${field}`));
  return Object.fromEntries(kept) as T;
}

/** The whole status; what is left out is dropped by the apply, since nobody else owns it. */
export function statusOf(facts: Facts, judgement: Told): DittoServerStatus {
  const { status: before } = facts.server;
  const found = valueOf(facts.statefulSet);
  const live = found?.ownership === 'ours' ? found : undefined;
  const status = {
    observedGeneration: acknowledged(facts, judgement.findings),
    phase: phaseOf(facts, judgement),
    ...podsStatus(live, before),
    ...databaseStatus(facts, live),
    conditions: judgement.conditions.map((condition) => ({ ...condition })),
  };
  return known(status, facts);
}

const OURS: ReadonlySet<string> = new Set(CONDITION_TYPES);

/** True when writing `wanted` would change what is stored. Conditions that somebody else added are none of ours. */
export function statusDiffers(stored: DittoServerStatus | undefined, wanted: DittoServerStatus): boolean {
  const comparable = (status: DittoServerStatus | undefined): unknown => ({
    ...status,
    conditions: (status?.conditions ?? [])
      .filter(({ type }) => OURS.has(type))
      .sort((a, b) => (a.type < b.type ? -1 : 1)),
  });
  return canonicalJson(comparable(stored)) !== canonicalJson(comparable(wanted));
}
