// Whether what the specification asks of the server's API makes sense. Each refusal names the field and how to mend it.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { serverApiFault } from '../../../src/requirements/server-api-valid.ts';
import { factsWith, saying } from './facts.ts';

type Policy = NonNullable<DittoServerSpec['snapshotPolicies']>[number];

const SPEC = factsWith().server.spec as DittoServerSpec;
const polled = (pollingInterval: string): DittoServerSpec => ({ ...SPEC, adapterDiscovery: { pollingInterval } });
const withPolicies = (...policies: readonly Policy[]): DittoServerSpec => ({
  ...SPEC,
  snapshotPolicies: [...policies],
});
const policy = (changes: Partial<Policy> = {}): Policy => ({ share: '/export', interval: '1h', ...changes });

test.each<[string, DittoServerSpec]>([
  ['nothing is asked of the API', SPEC],
  ['adapter discovery without an interval', { ...SPEC, adapterDiscovery: {} }],
  ['the shortest polling interval', polled('1s')],
  ['the longest polling interval', polled('24h')],
  ['a polling interval of several units', polled('1m30s')],
  ['no policy in the list', withPolicies()],
  ['a policy with as little as can be', withPolicies(policy())],
  ['every shorthand, in any case', withPolicies(policy({ share: 'a', interval: '@hourly' }), policy({ share: 'b', interval: '@Daily' }), policy({ share: 'c', interval: '@weekly' }))],
  ['an interval with blanks around it', withPolicies(policy({ interval: ' 6h ' }))],
  ['a policy with every field', withPolicies(policy({ keepLast: 7, ttl: '168h', enabled: false, namePrefix: 'Auto_1-' }))],
  ['a policy without a limit', withPolicies(policy({ keepLast: 0, ttl: '0' }))],
  ['the longest name prefix', withPolicies(policy({ namePrefix: 'x'.repeat(64) }))],
  ['shares whose names only begin alike', withPolicies(policy({ share: '/a' }), policy({ share: '/ab' }), policy({ share: '/a/b' }))],
])('taken: %s', (_, spec) => {
  expect(serverApiFault(spec)).toBeUndefined();
}); // prettier-ignore

test.each<[string, DittoServerSpec, readonly string[]]>([
  ['a polling interval that is a word', polled('often'), ['spec.adapterDiscovery.pollingInterval "often"', '1s to 24h', '30s']],
  ['a polling interval without a unit', polled('30'), ['spec.adapterDiscovery.pollingInterval "30"']],
  ['an empty polling interval', polled(''), ['spec.adapterDiscovery.pollingInterval ""']],
  ['a polling interval of nothing', polled('0s'), ['spec.adapterDiscovery.pollingInterval "0s"']],
  ['a negative polling interval', polled('-30s'), ['spec.adapterDiscovery.pollingInterval "-30s"']],
  ['a polling interval under a second', polled('999ms'), ['spec.adapterDiscovery.pollingInterval "999ms"', '1s to 24h']],
  ['a polling interval over a day', polled('24h1s'), ['spec.adapterDiscovery.pollingInterval "24h1s"', '1s to 24h']],
  ['an empty share', withPolicies(policy({ share: '' })), ['spec.snapshotPolicies[0].share', 'name a share']],
  ['a share of slashes alone', withPolicies(policy({ share: '//' })), ['spec.snapshotPolicies[0].share', '/export']],
  ['an interval that is a cron expression', withPolicies(policy({ interval: '0 * * * *' })), ['spec.snapshotPolicies[0].interval "0 * * * *"', '6h', '@daily']],
  ['a shorthand that DittoFS does not know', withPolicies(policy({ interval: '@yearly' })), ['spec.snapshotPolicies[0].interval "@yearly"']],
  ['an interval of nothing', withPolicies(policy({ interval: '0h' })), ['spec.snapshotPolicies[0].interval "0h"']],
  ['an empty interval', withPolicies(policy({ interval: '' })), ['spec.snapshotPolicies[0].interval ""']],
  ['a ttl in days', withPolicies(policy({ ttl: '7d' })), ['spec.snapshotPolicies[0].ttl "7d"', '168h']],
  ['a negative count', withPolicies(policy({ keepLast: -1 })), ['spec.snapshotPolicies[0].keepLast', 'below zero', '0 for no limit']],
  ['a name prefix with a slash', withPolicies(policy({ namePrefix: 'a/b' })), ['spec.snapshotPolicies[0].namePrefix', '64 letters']],
  ['a name prefix of 65 characters', withPolicies(policy({ namePrefix: 'x'.repeat(65) })), ['spec.snapshotPolicies[0].namePrefix']],
  ['a fault in the second policy', withPolicies(policy(), policy({ share: '/b', interval: 'x' })), ['spec.snapshotPolicies[1].interval "x"']],
  ['two policies of one share', withPolicies(policy(), policy({ interval: '2h' })), ['two entries for share "/export"', 'remove one']],
  ['two policies of one share that is written otherwise', withPolicies(policy({ share: 'export' }), policy({ share: '//export' })), ['two entries for share "/export"']],
])('refused: %s', (_, spec, parts) => {
  expect(serverApiFault(spec)).toEqual(saying(...parts));
}); // prettier-ignore
