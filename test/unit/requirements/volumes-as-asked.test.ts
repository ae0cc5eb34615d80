// Volumes of a StatefulSet that exists: told, kept, and nothing else held back.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { ABSENT, known, type ClaimFact, type VolumesFact } from '../../../src/requirements/facts.ts';
import { keptStorage, volumesAsAsked } from '../../../src/requirements/volumes-as-asked.ts';
import { claim, earlier, factsWith, saying, statefulSet, unread } from './facts.ts';

type Storage = DittoServerSpec['storage'];

const same: [string, Storage, VolumesFact][] = [
  ['as asked for', { metadataSize: '5Gi', controlPlaneSize: '1Gi' }, { metadataSize: '5Gi', controlPlaneSize: '1Gi' }],
  ['the same size in another unit (S3)', { metadataSize: '1024Mi' }, { metadataSize: '1Gi' }],
  ['a default that is not written', { metadataSize: '5Gi' }, { metadataSize: '5Gi', controlPlaneSize: '1Gi' }],
];

const changed: [string, { storage: Storage; volumes: VolumesFact; message: string; kept: Storage }][] = [
  [
    'a volume that should shrink (S3)',
    {
      storage: { metadataSize: '4Gi' },
      volumes: { metadataSize: '5Gi' },
      message: 'spec.storage.metadataSize is 4Gi, but the volumes have 5Gi',
      kept: { metadataSize: '5Gi' },
    },
  ],
  [
    'one that should grow and another that should shrink: neither is touched',
    {
      storage: { metadataSize: '6Gi', controlPlaneSize: '1Gi' },
      volumes: { metadataSize: '5Gi', controlPlaneSize: '2Gi' },
      message: 'spec.storage.controlPlaneSize is 1Gi, but the volumes have 2Gi',
      kept: { metadataSize: '5Gi', controlPlaneSize: '2Gi' },
    },
  ],
  [
    'a volume for content that comes late',
    {
      storage: { metadataSize: '5Gi', contentSize: '10Gi' },
      volumes: { metadataSize: '5Gi' },
      message: 'spec.storage.contentSize is 10Gi, but the volumes have none',
      kept: { metadataSize: '5Gi' },
    },
  ],
  [
    'a volume for content that is not wanted any more',
    {
      storage: { metadataSize: '5Gi' },
      volumes: { metadataSize: '5Gi', contentSize: '10Gi' },
      message: 'spec.storage.contentSize is not set, but the volumes have 10Gi',
      kept: { metadataSize: '5Gi', contentSize: '10Gi' },
    },
  ],
  [
    'another StorageClass',
    {
      storage: { metadataSize: '5Gi', storageClassName: 'fast' },
      volumes: { metadataSize: '5Gi', storageClassName: 'slow' },
      message: 'spec.storage.storageClassName is fast, but the volumes have slow',
      kept: { metadataSize: '5Gi', storageClassName: 'slow' },
    },
  ],
];

describe('nothing has changed', () => {
  test.each(same)('%s', (_, storage, volumes) => {
    const facts = factsWith({ spec: { storage }, statefulSet: statefulSet({ volumes }) });
    expect(volumesAsAsked.judge(facts, earlier())).toEqual({ state: 'off' });
    expect(keptStorage(storage, volumes)).toEqual(storage);
  });
});

describe('what cannot change is told, and is rendered as it stands', () => {
  test.each(changed)('%s', (_, { storage, volumes, message, kept }) => {
    const facts = factsWith({ spec: { storage }, statefulSet: statefulSet({ volumes }) });
    const found = volumesAsAsked.judge(facts, earlier());
    expect(found).toMatchObject({ state: 'wait', reason: 'VolumeChangeUnsupported', message: saying(message, 'stay') });
    expect(found).not.toHaveProperty('budget');
    expect(keptStorage(storage, volumes)).toEqual(kept);
  });
});

test.each([
  ['no StatefulSet', ABSENT],
  ['a StatefulSet of somebody else', statefulSet({ ownership: 'foreign', volumes: {} })],
])('%s has no volumes to keep', (_, found) => {
  const facts = factsWith({ spec: { storage: { metadataSize: '6Gi' } }, statefulSet: found });
  expect(volumesAsAsked.judge(facts, earlier())).toEqual({ state: 'off' });
});

describe('a volume that should grow (S3)', () => {
  const volumes = { metadataSize: '5Gi', controlPlaneSize: '1Gi' };
  const judged = (more: Partial<ClaimFact>, stands: VolumesFact = volumes) => {
    const claims = known([{ ...claim('metadata-files-0'), size: '5Gi', ...more }]);
    const storage = { metadataSize: '6Gi', controlPlaneSize: '1Gi' };
    return volumesAsAsked.judge(factsWith({ spec: { storage }, statefulSet: statefulSet({ volumes: stands }), claims }), earlier()); // prettier-ignore
  };
  const act = { state: 'act', step: 'growVolumes' };

  test.each<[string, Partial<ClaimFact>, object]>([
    ['its class lets it', { expandable: known(true) }, act],
    ['its class may not be read: the API server will tell', { expandable: unread('no role') }, act],
    ['its class does not let it', { expandable: known(false) }, { state: 'wait', reason: 'StorageResizeUnsupported', message: saying('metadata-files-0', '5Gi', '6Gi', '"standard"') }],
    ['its class is gone', { expandable: ABSENT }, { state: 'wait', reason: 'StorageResizeUnsupported' }],
    ['the claim has grown already, and the StatefulSet is of the old size (S4)', { size: '6Gi' }, act],
  ])('%s', (_, more, expected) => expect(judged(more)).toMatchObject(expected)); // prettier-ignore

  test('waits where its claims cannot be read: they would look as if they had grown', () => {
    const storage = { metadataSize: '6Gi', controlPlaneSize: '1Gi' };
    const facts = factsWith({ spec: { storage }, statefulSet: statefulSet({ volumes }), claims: unread('no role') });
    expect(volumesAsAsked.judge(facts, earlier())).toMatchObject({ state: 'wait', reason: 'InputsUnreadable' });
  });

  test('is done when the StatefulSet has the new size too', () =>
    expect(judged({ size: '6144Mi' }, { ...volumes, metadataSize: '6Gi' })).toEqual({ state: 'off' }));
});
