// Taking over from the Go operator: when it is due, when it must wait, and that nothing else goes before it.
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { known } from '../../../src/requirements/facts.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { planStatefulSet } from '../../../src/requirements/stateful-set-plan.ts';
import { statusOf } from '../../../src/requirements/status.ts';
import { takenOver } from '../../../src/requirements/taken-over.ts';
import { child, cluster, earlier, factsWith, HASH, live, NEW_HASH, NOW_MS, SERVER_API_FACT, SQLITE, statefulSet, type Changes } from './facts.ts'; // prettier-ignore

const FINALIZER = 'dittofs.dittofs.com/finalizer';
const LONG_AGO = NOW_MS - 120_000;
const JUST_NOW = NOW_MS - 20_000;

const written = (atMs: number) => child('Service/files-api', { live: known(live({ predecessorAtMs: atMs })) });
const entry = (atMs: number, fieldsV1: Readonly<Record<string, unknown>>, more: object = {}) => ({ manager: 'manager', operation: 'Update', time: new Date(atMs).toISOString(), fieldsV1, ...more }); // prettier-ignore
const STATUS_FIELDS = { 'f:status': { 'f:phase': {} } };

const judged = (changes: Changes) => takenOver.judge(factsWith(changes), earlier());

describe('is due', () => {
  const due: [string, Changes][] = [
    ['its finalizer is left', { metadata: { finalizers: [FINALIZER] } }],
    ['a child has its entry', { foundation: [written(LONG_AGO)] }],
    ['the StatefulSet has its entry', { statefulSet: statefulSet({ predecessorAtMs: LONG_AGO }) }],
    ['the status has its entry', { metadata: { managedFields: [entry(LONG_AGO, STATUS_FIELDS, { subresource: 'status' })] } }],
    ['the database has its entry, whoever wrote it last', { postgresCluster: cluster({ predecessorAtMs: JUST_NOW }) }],
    ['its pod template is not marked yet', { statefulSet: statefulSet({ predecessor: {} }) }],
    ['it has been silent for a minute', { foundation: [written(NOW_MS - 60_000)] }],
  ]; // prettier-ignore
  test.each(due)('when %s', (_, changes) => {
    expect(judged(changes)).toMatchObject({ state: 'act', step: 'takeOver', needs: ['specValid', 'notPaused'] });
  });

  test('at a deletion too, whatever the specification says or who paused it', () => {
    const metadata = { finalizers: [FINALIZER], deletionTimestamp: '2026-03-01T12:00:00Z' };
    expect(judged({ metadata })).toMatchObject({ state: 'act', needs: [] });
    expect(judge(requirements, factsWith({ metadata }), DEFAULT_SETTINGS).next?.name).toBe('takeOver');
  });
});

describe('at a deletion', () => {
  const deleted = (changes: Changes): Changes => ({ ...changes, metadata: { deletionTimestamp: '2026-03-01T12:00:00Z' } }); // prettier-ignore
  const secret = child('Secret/files-jwt-secret', { policy: 'create-once', live: known(live({ predecessorAtMs: LONG_AGO })) }); // prettier-ignore

  test.each<[string, Changes]>([
    ['a generated Secret', { foundation: [secret] }],
    ['the Secret of the account', { serverApi: { ...SERVER_API_FACT, account: secret.live } }],
    ['the database', { postgresCluster: cluster({ predecessorAtMs: LONG_AGO }) }],
  ])('%s is taken over, since it would go along', (_, changes) => {
    expect(judged(deleted(changes))).toMatchObject({ state: 'act' });
  });

  test.each<[string, Changes]>([
    ['a Service', { foundation: [written(LONG_AGO)] }],
    ['the StatefulSet', { statefulSet: statefulSet({ predecessorAtMs: LONG_AGO, predecessor: {} }) }],
  ])('%s is not: it goes anyway', (_, changes) => {
    expect(judged(deleted(changes))).toEqual({ state: 'off' });
  });
});

describe('is none of our business', () => {
  const off: [string, Changes][] = [
    ['nothing is left', {}],
    ['a Service is somebody else’s', { foundation: [child('Service/files-api', { live: known(live({ ownership: 'foreign', predecessorAtMs: LONG_AGO })) })] }],
    ['another operator of that name wrote an annotation of its own', { metadata: { managedFields: [entry(JUST_NOW, { 'f:metadata': { 'f:annotations': { 'f:other': {} } } })] } }],
    ['it wrote by apply: that is somebody else', { metadata: { managedFields: [entry(JUST_NOW, STATUS_FIELDS, { operation: 'Apply', subresource: 'status' })] } }],
    ['the template is marked', { statefulSet: statefulSet({ predecessor: { inputs: HASH } }) }],
    ['what the template stands for is not known: inputs are missing', { statefulSet: statefulSet({ predecessor: {} }), configHash: { state: 'incomplete' } }],
  ]; // prettier-ignore
  test.each(off)('when %s', (_, changes) => {
    expect(judged(changes)).toEqual({ state: 'off' });
  });
});

describe('while the Go operator writes', () => {
  const active: Changes = { metadata: { finalizers: [FINALIZER] }, foundation: [written(JUST_NOW)] };

  test('everything waits, and is looked at when it may have been silent for a minute', () => {
    expect(judged(active)).toMatchObject({ state: 'wait', reason: 'OtherOperatorActive', recheckMs: 40_000 });
    const { next, ready, recheckAfterMs } = judge(requirements, factsWith(active), DEFAULT_SETTINGS);
    expect({ next, ready, recheckAfterMs }).toEqual({
      next: undefined,
      ready: false,
      recheckAfterMs: expect.any(Number) as number,
    });
    expect(recheckAfterMs).toBeLessThanOrEqual(40_000);
  });

  test('the sentence is the same at every look: each new one would wake it', () => {
    const other = judged({ ...active, statefulSet: statefulSet({ predecessorAtMs: NOW_MS - 1_000 }) });
    expect(other).toEqual({ ...judged(active), recheckMs: 59_000 });
  });
});

describe('a pod template of the Go operator', () => {
  const kept = (inputs: string | undefined, more: object = {}): Changes => ({
    ...SQLITE,
    statefulSet: statefulSet({ onPostgres: false, configHash: 'theirs', templateRevision: '', predecessor: inputs === undefined ? {} : { inputs }, ...more }), // prettier-ignore
  });
  const plan = (changes: Changes, mayRoll = true) => planStatefulSet(factsWith(changes), mayRoll);

  test('stays while its inputs do, though it is not what we would apply', () => {
    expect(plan(kept(HASH))).toBeUndefined();
    expect(plan(kept(undefined))).toBeUndefined();
  });
  test('goes with the first changed input, once', () => {
    expect(plan(kept(NEW_HASH))).toEqual({ mode: 'apply', hash: HASH });
    expect(plan(kept(NEW_HASH), false)).toBeUndefined();
  });
  test('is started and stopped as it is', () => {
    expect(plan(kept(HASH, { replicas: 0 }))).toEqual({ mode: 'scale' });
    expect(plan(kept(NEW_HASH, { replicas: 0 }), false)).toEqual({ mode: 'scale' });
  });
  test('with Percona is left on SQLite until somebody says otherwise, and can still be stopped', () => {
    const percona: Changes = { statefulSet: statefulSet({ onPostgres: false, configHash: 'theirs', predecessor: { inputs: HASH } }) }; // prettier-ignore
    const { next, conditions } = judge(requirements, factsWith(percona), DEFAULT_SETTINGS);
    expect(next).toBeUndefined();
    expect(conditions.find(({ type }) => type === 'ConfigReady')).toMatchObject({ status: 'False', reason: 'DatabaseSwitchRefused' }); // prettier-ignore
    expect(conditions.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'HeldBack',
    });
    const stopped = factsWith({ ...percona, spec: { replicas: 0 } });
    expect(judge(requirements, stopped, DEFAULT_SETTINGS).next).toMatchObject({ name: 'applyStatefulSet', summary: 'scale to 0' }); // prettier-ignore
    const switched = factsWith({ ...percona, metadata: { annotations: { 'dittofs.io/switch-database': 'percona' } }, memory: { databaseLogin: { basis: HASH, asks: 1, atMs: NOW_MS, failures: 0, outcome: 'accepted' } } }); // prettier-ignore
    expect(judge(requirements, switched, DEFAULT_SETTINGS).next).toMatchObject({ name: 'applyStatefulSet', summary: 'roll: configuration changed' }); // prettier-ignore
  });
  test('status remembers no database for it: a lost StatefulSet must not come back on an empty one', () => {
    const facts = factsWith({ statefulSet: statefulSet({ onPostgres: false, predecessor: { inputs: HASH } }) });
    expect(statusOf(facts, judge(requirements, facts, DEFAULT_SETTINGS))).not.toHaveProperty('perconaClusterName');
  });
});
