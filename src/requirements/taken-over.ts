// What the Go operator made is taken over before anything else is written: as long as it writes itself, nothing is.
import { PREDECESSOR_FINALIZER, predecessorAtMs } from '../api/predecessor.ts';
import { DITTO_SERVER } from '../api/names.ts';
import { valueOf, type Facts, type Live } from './facts.ts';
import { OFF, wait, type Finding, type Findings, type Requirement } from './finding.ts';

/** For so long it must have been silent. It polls every 30 seconds, and writes each time. */
export const SILENCE_MS = 60_000;

/** Everything that may be its work, but the database: there Percona's operator may write under the same name. */
function livesOf({ statefulSet, foundation, serverApi }: Facts): readonly Live[] {
  const children = [...foundation, ...serverApi.adapters].map(({ live }) => live);
  const all = [...children, statefulSet, serverApi.account].flatMap((fact) => valueOf<Live>(fact) ?? []);
  return all.filter(({ ownership }) => ownership === 'ours');
}

/** When it wrote last, by what it has left; undefined when nothing of it is left. */
function lastWriteMs(facts: Facts): number | undefined {
  const { managedFields = [] } = facts.server.metadata;
  const times = [
    predecessorAtMs(DITTO_SERVER.kind, managedFields),
    ...livesOf(facts).map(({ predecessorAtMs: atMs }) => atMs),
  ].filter((atMs) => atMs !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

const isDeleted = ({ server }: Facts): boolean => server.metadata.deletionTimestamp !== undefined;

/** What keeps data at a deletion: until it is taken over, Kubernetes' collector would take it along. All else goes anyway. */
function isDataLeft({ server, postgresCluster, foundation, serverApi }: Facts): boolean {
  const secrets = [...foundation.filter(({ child }) => child.startsWith('Secret/')), { live: serverApi.account }];
  const keepers = [valueOf<Live>(postgresCluster), ...secrets.map(({ live }) => valueOf(live))];
  return (
    server.metadata.finalizers?.includes(PREDECESSOR_FINALIZER) === true ||
    keepers.some((live) => live?.ownership === 'ours' && live.predecessorAtMs !== undefined)
  );
}

/** What of its work is to be taken over, whenever it was written. */
function isLeft({ server, postgresCluster, statefulSet, configHash }: Facts): boolean {
  const cluster = valueOf(postgresCluster);
  const live = valueOf(statefulSet);
  const unmarked =
    live?.ownership === 'ours' && live.predecessor !== undefined && live.predecessor.inputs === undefined;
  return (
    server.metadata.finalizers?.includes(PREDECESSOR_FINALIZER) === true ||
    (cluster?.ownership === 'ours' && cluster.predecessorAtMs !== undefined) ||
    (unmarked && configHash.state === 'computed')
  );
}

/** Constant, whatever it writes: each new sentence of ours would wake the Go operator, and that wake us. */
const ACTIVE =
  'the Go operator for DittoFS writes to this DittoServer or to its objects (field manager "manager"): stop it; a minute after its last write they are taken over, and nothing is written until then';

function act(facts: Facts): Finding {
  return {
    state: 'act',
    step: 'takeOver',
    intent: 'take over',
    summary: 'take over from the Go operator',
    // A deletion waits for its finalizer.
    needs: isDeleted(facts) ? [] : ['specValid', 'notPaused'],
    reason: 'TakeOverDue',
    message: 'what the Go operator made is to be taken over',
    otherManagers: ['manager (the Go operator for DittoFS)'],
  };
}

export const takenOver: Requirement = {
  name: 'takenOver',
  condition: 'TakenOver',
  judge: (facts) => {
    const lastMs = lastWriteMs(facts);
    const recheckMs = lastMs === undefined ? 0 : lastMs + SILENCE_MS - facts.nowMs;
    if (recheckMs > 0) return wait('OtherOperatorActive', ACTIVE, { recheckMs });
    const left = isDeleted(facts) ? isDataLeft(facts) : lastMs !== undefined || isLeft(facts);
    return left ? act(facts) : OFF;
  },
};

/** True while the Go operator is at work: then not even status is ours. */
export const isOtherActive = (findings: Findings): boolean => {
  const finding = findings.get('takenOver');
  return finding?.state === 'wait' && finding.reason === 'OtherOperatorActive';
};
