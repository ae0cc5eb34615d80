// Whether the running server reaches its database: nothing but its own words tells, since its probes answer 200 with a dead one.
import { ABSENT } from '../../../src/requirements/facts.ts';
import { databaseServing, serverSaysUnreachable } from '../../../src/requirements/database-serving.ts';
import { ANSWERED, earlier, factsWith, saying, SQLITE, statefulSet, UNASKED, unread, type Changes } from './facts.ts';

const DEAD = { memory: { serverApi: { ...ANSWERED, database: 'unreachable' } } } as const satisfies Changes;
const UNTOLD: Changes = { memory: { serverApi: UNASKED } };
const NOT_READY: Changes = { statefulSet: statefulSet({ readyReplicas: 0 }) };

/** A DittoServer on a PostgreSQL that is not ours. */
const external = ({ spec, ...changes }: Changes = {}): Changes => ({
  ...SQLITE,
  statefulSet: statefulSet({ onPostgres: false, onExternalPostgres: true }),
  ...changes,
  spec: { ...SQLITE.spec, database: { postgresSecretRef: { name: 'own-postgres', key: '' } }, ...spec },
});

const AWAY = { state: 'wait', reason: 'DatabaseUnreachable', budget: 'database', message: saying('does not reach its database') }; // prettier-ignore
const NOT_KNOWN = { state: 'pending', reason: 'DatabaseBlocked', message: saying('external PostgreSQL') };

test.each<[string, Changes, object]>([
  ['the server says that it does not reach its database', DEAD, AWAY],
  ['it says so of an external one', external(DEAD), AWAY],
  ['it said so before it stopped', { ...DEAD, ...NOT_READY }, { state: 'off' }],
  ['it said so, and its StatefulSet is gone', { ...DEAD, statefulSet: ABSENT }, { state: 'off' }],
  ['it said so, and its StatefulSet may not be read', { ...DEAD, statefulSet: unread('no') }, { state: 'off' }],
  ['it reaches a database of its own, which others judge', {}, { state: 'off' }],
  ['it has not said anything of a database of its own', UNTOLD, { state: 'off' }],
  ['it has none: SQLite', { ...SQLITE, ...DEAD }, { state: 'off' }],
  ['it reaches an external one', external(), { state: 'met', reason: 'PostgresReady' }],
  ['it has not said anything of an external one', external(UNTOLD), NOT_KNOWN],
  ['the workflow forgot what it said of an external one', external({ memory: { serverApi: { digest: '', database: 'unknown' } } }), NOT_KNOWN],
  ['it reached an external one before it stopped', external(NOT_READY), NOT_KNOWN],
  ['it does not exist yet, beside an external one', external({ statefulSet: ABSENT }), NOT_KNOWN],
  ['it is scaled to zero, beside an external one', external({ spec: { replicas: 0 }, ...NOT_READY }), { state: 'off' }],
])('%s', (_, changes, found) => {
  expect(databaseServing.judge(factsWith(changes), earlier())).toMatchObject(found);
}); // prettier-ignore

test('what it said counts only while it runs', () => {
  expect(serverSaysUnreachable(factsWith(DEAD))).toBe(true);
  expect(serverSaysUnreachable(factsWith({ ...DEAD, ...NOT_READY }))).toBe(false);
  expect(serverSaysUnreachable(factsWith())).toBe(false);
});
