// The StatefulSet: when it is made, rolled, repaired and left alone (M5, M8).
import { ABSENT, known, type Facts } from '../../../src/requirements/facts.ts';
import {
  met,
  OFF,
  pending,
  wait,
  type ActFinding,
  type Finding,
  type RequirementName,
} from '../../../src/requirements/finding.ts';
import { mayRoll, statefulSetApplied } from '../../../src/requirements/stateful-set-applied.ts';
import { planStatefulSet } from '../../../src/requirements/stateful-set-plan.ts';
import {
  claim, cluster, earlier, factsWith, FRESH, HASH, NEW_HASH, NOW_MS, saying, SQLITE, statefulSet, unread, type Changes,
} from './facts.ts'; // prettier-ignore

type Before = Partial<Record<RequirementName, Finding>>;

const ALL_HOLD: Before = {
  notDeleted: OFF, specValid: OFF, databaseSwitch: OFF, notPaused: OFF, inputsPresent: OFF,
  foundationApplied: met('ConfigValid', ''), postgresReady: met('PostgresReady', ''), credentialsWhole: met('PostgresReady', ''), databaseLogin: OFF,
}; // prettier-ignore
const DATABASE_DOWN: Before = { postgresReady: wait('PostgresInitializing', 'PostgreSQL is initializing') };
const SECRET_MISSING: Before = { inputsPresent: wait('InputsMissing', 'missing: Secret "x"') };
const FOUNDATION_DUE: Before = { foundationApplied: { state: 'act' } as ActFinding };
const CONFLICT: Before = { foundationApplied: wait('ObjectConflict', 'Service/files-api is foreign') };
const BAD_SPEC: Before = { specValid: wait('InvalidSpec', 'spec.x is wrong') };

const NEW = { configHash: { state: 'computed', hash: NEW_HASH } } as const satisfies Changes;
const OLD = { statefulSet: statefulSet({ templateRevision: '6' }) };
const UNKNOWN = { configHash: { state: 'incomplete' } } as const satisfies Changes;
const FIRST = {
  ...FRESH,
  postgresCluster: cluster(),
  configHash: { state: 'computed', hash: HASH },
} as const satisfies Changes;
const SCALED_DOWN = { statefulSet: statefulSet({ replicas: 0, ownedFields: 'taken' }) };
const JUST_READY = { memory: { databaseReadySinceMs: NOW_MS - 2_000 } } as const;

const act = (summary: string): object => ({
  state: 'act',
  step: 'applyStatefulSet',
  reason: 'StatefulSetDue',
  summary,
});
const waits = (reason: string, ...parts: readonly string[]): object => ({
  state: 'wait',
  reason,
  message: saying(...parts),
});

const rows: [string, Changes, Before, object][] = [
  ['settled', {}, {}, { state: 'met', reason: 'ReconcileComplete' }],
  ['settled while the database is down', {}, DATABASE_DOWN, { state: 'met' }],
  ['pods are being brought up to date', { statefulSet: statefulSet({ updated: false }) }, {}, { ...waits('StatefulSetUpdating'), budget: 'pods' }],

  ['first start, all is ready', FIRST, {}, act('provision')],
  ['first start without a database of its own (M9)', { ...FIRST, ...SQLITE, status: {}, statefulSet: ABSENT }, { postgresReady: OFF, credentialsWhole: OFF }, act('provision')],
  ['first start, and the generated Secrets come with it', { ...FIRST, configHash: { state: 'due' } }, FOUNDATION_DUE, act('provision')],
  ['first start waits for the database (M5)', FIRST, DATABASE_DOWN, { state: 'pending', reason: 'WaitingForDatabase' }],
  ['first start waits for credentials', FIRST, { credentialsWhole: pending('DatabaseBlocked', '') }, { state: 'pending', reason: 'WaitingForDatabase' }],
  ['first start waits for inputs, which comes before the database', FIRST, { ...SECRET_MISSING, ...DATABASE_DOWN }, { state: 'pending', reason: 'Blocked', message: saying('missing: Secret "x"') }],
  ['first start waits for a mended specification', FIRST, BAD_SPEC, { state: 'pending', reason: 'Blocked', message: saying('spec.x is wrong') }],
  ['first start waits for a conflict', FIRST, CONFLICT, { state: 'pending', reason: 'Blocked', message: saying('is foreign') }],
  ['first start needs no time of holding', { ...FIRST, ...JUST_READY }, {}, act('provision')],
  ['over volumes of an earlier server it does', { ...FIRST, ...JUST_READY, claims: known([claim('metadata-files-0')]) }, {}, { ...waits('PostgresSettling'), recheckMs: 3_000 }],

  ['lost: put back', { statefulSet: ABSENT }, {}, act('put the StatefulSet back')],
  ['lost while the database is down: put back with the hash that it had', { statefulSet: ABSENT }, DATABASE_DOWN, act('put the StatefulSet back')],
  ['lost while a Secret is missing: put back with the hash that it had', { statefulSet: ABSENT, ...UNKNOWN }, SECRET_MISSING, act('put the StatefulSet back')],
  ['scaled down by hand', SCALED_DOWN, {}, act('apply')],
  ['scaled down by hand while the database is down', SCALED_DOWN, DATABASE_DOWN, act('apply')],
  ['scaled down by hand while a Secret is missing: only the replicas', { ...SCALED_DOWN, ...UNKNOWN }, SECRET_MISSING, act('scale to 1')],
  ['scaled down by hand while a new hash is held back: only the replicas', { ...SCALED_DOWN, ...NEW }, DATABASE_DOWN, act('scale to 1')],
  ['edited by hand', { statefulSet: statefulSet({ ownedFields: 'taken' }) }, {}, act('apply')],
  ['made again by hand', { statefulSet: statefulSet({ uid: 'another' }) }, {}, act('apply')],
  ['a workflow that remembers nothing', { memory: { applied: {} } }, {}, act('apply')],
  ['another number of replicas is asked for', { spec: { replicas: 0 }, statefulSetIntent: 'set-2' }, {}, act('apply')],

  ['a new hash (M8)', NEW, {}, act('roll: configuration changed')],
  ['a new hash while the database is down', NEW, DATABASE_DOWN, waits('HeldBack', 'keep the configuration that they have', 'PostgreSQL is initializing')],
  ['a new hash a moment after the database came back', { ...NEW, ...JUST_READY }, {}, { ...waits('PostgresSettling'), recheckMs: 3_000 }],
  ['a new hash while the Secret is half written', { ...NEW }, { credentialsWhole: wait('CredentialsIncomplete', 'half written') }, waits('HeldBack', 'half written')],
  ['a Secret is gone: the hash stays as it was (M8)', UNKNOWN, SECRET_MISSING, waits('HeldBack', 'missing: Secret "x"')],
  ['generated Secrets are due: they come first', { configHash: { state: 'due' } }, FOUNDATION_DUE, { state: 'met' }],
  ['a specification that makes no sense holds a repair back', { statefulSet: ABSENT }, BAD_SPEC, { state: 'pending', reason: 'Blocked', message: saying('spec.x is wrong') }],
  ['a conflict elsewhere does not hold a settled one back', {}, CONFLICT, { state: 'met' }],

  ['a template of an older version stays (S10)', OLD, {}, { state: 'met', reason: 'ReconcileComplete', message: saying('revision 6', 'revision 7 comes with the next restart or a rollout') }],
  ['a template that another program made stays', { statefulSet: statefulSet({ templateRevision: '' }) }, {}, { state: 'met', message: saying('another program') }],
  ['a template of a newer version stays, after a way back', { statefulSet: statefulSet({ templateRevision: '8' }) }, {}, { state: 'met' }],
  ['an older one of which a field of ours was edited stays', { statefulSet: statefulSet({ templateRevision: '6', ownedFields: 'taken' }) }, {}, { state: 'met' }],
  ['an older one, scaled down by hand: only the replicas', { statefulSet: statefulSet({ templateRevision: '6', replicas: 0 }) }, {}, act('scale to 1')],
  ['an older one that an earlier DittoServer of the name left is made ours first, as it is', { statefulSet: statefulSet({ templateRevision: '6', ownership: 'former', uid: 'restored' }) }, {}, act('take over the StatefulSet')],
  ['an older one and a new hash: one restart brings both', { ...OLD, ...NEW }, {}, act('roll: configuration changed')],
  ['an older one and a new hash that is held back', { ...OLD, ...NEW }, DATABASE_DOWN, waits('HeldBack')],
  ['an older one that a rollout admits', { statefulSet: statefulSet({ templateRevision: '6', admitted: '7' }) }, {}, act('roll: pod template of revision 7')],
  ['an older one that a rollout admits while the database is down', { statefulSet: statefulSet({ templateRevision: '6', admitted: '7' }) }, DATABASE_DOWN, waits('HeldBack', 'PostgreSQL is initializing')],
  ['an older one that a rollout of another revision admitted', { statefulSet: statefulSet({ templateRevision: '5', admitted: '6' }) }, {}, { state: 'met' }],
  ['an older one whose user asks for this revision', { ...OLD, metadata: { annotations: { 'dittofs.io/admit-template': '7' } } }, {}, act('roll: pod template of revision 7')],
  ['an older one whose user always wants the new', { ...OLD, metadata: { annotations: { 'dittofs.io/admit-template': 'always' } } }, {}, act('roll: pod template of revision 7')],
  ['a current one that was admitted once', { statefulSet: statefulSet({ admitted: '7' }) }, {}, { state: 'met', message: 'nothing is under way' }],

  ['it may not be read', { statefulSet: unread('the role lacks it') }, {}, { ...waits('PodsUnreadable', 'the role lacks it'), unknown: true }],
  ['a foreign one of that name', { statefulSet: statefulSet({ ownership: 'foreign' }) }, {}, { ...waits('ObjectConflict', 'belongs to somebody else'), budget: 'inputs' }],
  ['an earlier one that Kubernetes will collect', { statefulSet: statefulSet({ ownership: 'collected' }) }, {}, { ...waits('StatefulSetTerminating'), budget: 'pods' }],
  ['it is being deleted', { statefulSet: statefulSet({ terminating: true }) }, {}, waits('StatefulSetTerminating')],
]; // prettier-ignore

const before = (changes: Before) => earlier({ ...ALL_HOLD, ...changes });

test.each(rows)('%s', (_, changes, findings, found) => {
  expect(statefulSetApplied.judge(factsWith(changes), before(findings))).toMatchObject(found);
});

describe('what a step needs', () => {
  const needs = (changes: Changes, findings: Before = {}): readonly RequirementName[] => {
    const found = statefulSetApplied.judge(factsWith(changes), before(findings));
    return found.state === 'act' ? found.needs : [];
  };
  const ALWAYS = ['notDeleted', 'notPaused', 'specValid', 'databaseSwitch', 'foundationApplied'];

  test('a new hash needs inputs, database and credentials', () => {
    expect([...needs(NEW)].sort()).toEqual(
      [...ALWAYS, 'inputsPresent', 'postgresReady', 'credentialsWhole', 'databaseLogin'].sort(),
    );
  });

  test('a repair with the hash that it has does not', () => {
    expect([...needs(SCALED_DOWN, DATABASE_DOWN)].sort()).toEqual([...ALWAYS].sort());
    expect([...needs({ statefulSet: ABSENT }, SECRET_MISSING)].sort()).toEqual([...ALWAYS].sort());
  });
});

describe('the plan that the step carries out', () => {
  const plan = (changes: Changes, free: boolean) => planStatefulSet(factsWith(changes), free);

  test.each([
    ['a new hash is never written while it may not be', NEW, false, undefined],
    ['a new hash', NEW, true, { mode: 'apply', hash: NEW_HASH }],
    ['without inputs there is no new hash to write', UNKNOWN, false, undefined],
    ['put back with the hash in status', { ...NEW, statefulSet: ABSENT }, false, { mode: 'apply', hash: HASH }],
    ['put back with the new hash if it may be', { ...NEW, statefulSet: ABSENT }, true, { mode: 'apply', hash: NEW_HASH }],
    ['nothing to put back for the first time', { ...FIRST }, false, undefined],
    ['generated Secrets are made in the same step, and then the hash is known', { ...FRESH, configHash: { state: 'due' } }, true, { mode: 'apply', hash: undefined }],
    ['replicas alone', { ...NEW, ...SCALED_DOWN }, false, { mode: 'scale' }],
    ['replicas too many', { ...UNKNOWN, spec: { replicas: 0 } }, false, { mode: 'scale' }],
    ['a live one without our annotation is not rolled while it may not be', { statefulSet: statefulSet({ configHash: '' }) }, false, undefined],
  ] satisfies [string, Changes, boolean, unknown][])('%s', (_, changes, free, expected) => {
    expect(plan(changes, free)).toEqual(expected);
  }); // prettier-ignore
});

test.each<[string, Changes, Before, boolean]>([
  ['all holds', {}, {}, true],
  ['the foundation comes with the same step', {}, FOUNDATION_DUE, true],
  ['the database is down', {}, DATABASE_DOWN, false],
  ['a Secret is missing', {}, SECRET_MISSING, false],
  ['the database has been ready for two seconds', JUST_READY, {}, false],
  ['the same at the first start', { ...FIRST, ...JUST_READY }, {}, true],
])('a new hash may go ahead: %s', (_, changes, findings, may) => {
  const facts: Facts = factsWith(changes);
  expect(mayRoll(facts, before(findings))).toBe(may);
});
