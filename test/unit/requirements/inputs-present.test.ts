// Secrets, keys and StorageClasses that the specification names (R6).
import { ABSENT, known } from '../../../src/requirements/facts.ts';
import { inputsPresent } from '../../../src/requirements/inputs-present.ts';
import { claim, DATABASE_DOWN, earlier, factsWith, saying, unread, type Changes } from './facts.ts';

const jwt = { field: 'spec.identity.jwt.secretRef', secret: 'own-jwt' };
const admin = { field: 'spec.identity.admin.passwordSecretRef', secret: 'own-admin' };
const fast = { field: 'spec.storage.storageClassName', name: 'fast' };
const ofDatabase = { field: 'spec.percona.storageClassName', name: 'fast' };

const rows: [string, Changes, object][] = [
  ['nothing is referred to', {}, { state: 'off' }],
  [
    'all is there',
    { inputs: [{ ...jwt, missingKeys: known([]) }], storageClasses: [{ ...fast, exists: known(true) }] },
    { state: 'off' },
  ],
  [
    'a Secret is missing',
    { inputs: [{ ...jwt, missingKeys: ABSENT }] },
    {
      state: 'wait',
      reason: 'InputsMissing',
      budget: 'inputs',
      message: saying('missing: Secret "own-jwt" (spec.identity.jwt.secretRef)'),
    },
  ],
  [
    'a key is missing',
    { inputs: [{ ...jwt, missingKeys: known(['signing-key']) }] },
    { reason: 'InputsMissing', message: saying('key "signing-key" in Secret "own-jwt" (spec.identity.jwt.secretRef)') },
  ],
  [
    'a StorageClass is missing, and the volumes are not made yet',
    { claims: known([]), storageClasses: [{ ...fast, exists: ABSENT }] },
    { reason: 'InputsMissing', message: saying('StorageClass "fast" (spec.storage.storageClassName)') },
  ],
  [
    'several are missing: all are named at once',
    {
      inputs: [
        { ...jwt, missingKeys: ABSENT },
        { ...admin, missingKeys: known(['password']) },
      ],
      claims: known([claim('metadata-files-0', 'Pending')]),
      storageClasses: [{ ...fast, exists: ABSENT }],
    },
    {
      message:
        'missing: Secret "own-jwt" (spec.identity.jwt.secretRef); key "password" in Secret "own-admin" (spec.identity.admin.passwordSecretRef); StorageClass "fast" (spec.storage.storageClassName)',
    },
  ],
  [
    'the StorageClass of volumes that are bound is gone: nothing needs it any more',
    { storageClasses: [{ ...fast, exists: ABSENT }] },
    { state: 'off' },
  ],
  [
    'the StorageClass of a database that starts is missing',
    { postgresCluster: DATABASE_DOWN, storageClasses: [{ ...ofDatabase, exists: ABSENT }] },
    { reason: 'InputsMissing', message: saying('StorageClass "fast" (spec.percona.storageClassName)') },
  ],
  [
    'the StorageClass of a database that is ready is gone',
    { storageClasses: [{ ...ofDatabase, exists: ABSENT }] },
    { state: 'off' },
  ],
  [
    'StorageClasses may not be read: the API server decides',
    { storageClasses: [{ ...fast, exists: unread('no') }] },
    { state: 'off' },
  ],
  [
    'a Secret may not be read',
    { inputs: [{ ...jwt, missingKeys: unread('the role lacks it') }] },
    {
      state: 'wait',
      reason: 'InputsUnreadable',
      budget: 'inputs',
      unknown: true,
      message: saying('"own-jwt"', 'could not be read: the role lacks it'),
    },
  ],
  [
    'what stands in a Secret cannot work',
    { inputs: [{ ...jwt, missingKeys: known([]), fault: 'key "k" has fewer than 32 characters' }] },
    {
      state: 'wait',
      reason: 'InputsInvalid',
      budget: 'inputs',
      message: 'Secret "own-jwt" (spec.identity.jwt.secretRef): key "k" has fewer than 32 characters',
    },
  ],
  [
    'one lacks a key and another cannot work: what is missing comes first',
    {
      inputs: [
        { ...jwt, missingKeys: known(['k']), fault: 'key "k" is empty' },
        { ...admin, missingKeys: known([]), fault: 'key "password" must have 8 to 72 bytes' },
      ],
    },
    { reason: 'InputsMissing', message: saying('key "k" in Secret "own-jwt"') },
  ],
  [
    'one may not be read and another is missing: what is missing comes first',
    {
      inputs: [
        { ...jwt, missingKeys: unread('no') },
        { ...admin, missingKeys: ABSENT },
      ],
    },
    { reason: 'InputsMissing', message: saying('own-admin') },
  ],
];

test.each(rows)('%s', (_, changes, found) => {
  expect(inputsPresent.judge(factsWith(changes), earlier())).toMatchObject(found);
});
