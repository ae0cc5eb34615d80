// The stand-in for the Go operator: its digest and its configuration file are that operator's, by vectors that were computed from its source.
import { configHashStandIn, configYamlStandIn } from '../../kit/go-operator-manifests-stand-in.ts';

const DEFAULT = configYamlStandIn({ storage: { metadataSize: '1Gi' } });

test('the file of a DittoServer that sets nothing has 326 bytes', () => {
  expect(Buffer.byteLength(DEFAULT)).toBe(326);
});

test.each([
  ['a: b\n', { 'jwt:k': 'v' }, 1, 'fe429a85ff926cfeb6208013523498d1d4bfc5d443ec5f4e4f30631aa20e811a'],
  [DEFAULT, {}, 1, '104add039e8ea5c1b90945a1b9b9c91b34bc3f201373d243f762eaadb85a4242'],
  [
    DEFAULT,
    { 'jwt:jwt-secret': 's3cr3t', 'admin:password': 'pw' },
    2,
    'bbb8392c8fdbd564afb4c07f5c6454a5fb6f81dde15530bc17c31e58f15b5b2d',
  ],
  [
    DEFAULT,
    { 'jwt:jwt-secret': 's3cr3t', 'admin:password': 'pw', 'percona:uri': 'postgresql://dittofs:x@h:5432/dittofs' },
    2,
    '4ffc0858b4ce3da60b5d5cf661f255ac103966ea47ba88f88d5767bb13b84fa9',
  ],
])('digest %#', (config, secrets, generation, hash) => {
  expect(configHashStandIn(config, secrets, generation)).toBe(hash);
});
