// Service and NetworkPolicy of one protocol adapter: names, ports and labels are those of the Go operator, which clients rely on.
import { adapterNetworkPolicy, adapterService } from '../../../src/manifests/index.ts';
import { adapterPortName } from '../../../src/manifests/adapter-children.ts';
import { dittoServer } from './examples.ts';

const server = dittoServer({ storage: { metadataSize: '1Gi' } });
const nfs = { type: 'nfs', port: 12049 };
const smb = { type: 'smb', port: 1445 };
const told = ({ spec }: ReturnType<typeof adapterService>): readonly string[] =>
  (spec?.ports ?? []).map(({ name, port, targetPort, protocol }) => `${name ?? ''} ${port}>${targetPort ?? ''} ${protocol ?? ''}`); // prettier-ignore

test('the ports of NFS: its own, the portmapper under its well-known number, and discovery', () => {
  expect(told(adapterService(server, nfs))).toEqual([
    'adapter-nfs 12049>12049 TCP',
    'portmap 111>10111 TCP',
    'portmap-udp 111>10111 UDP',
    'adapter-nfs-udp 12049>12049 UDP',
    'mdns 5353>5353 UDP',
  ]);
});

test('the ports of SMB, and of an adapter that a later version brings', () => {
  expect(told(adapterService(server, smb))).toEqual([
    'adapter-smb 1445>1445 TCP',
    'mdns 5353>5353 UDP',
    'wsd 3702>3702 UDP',
    'wsd-meta 5357>5357 TCP',
  ]);
  expect(told(adapterService(server, { type: 'S3 Gateway', port: 9000 }))[0]).toMatch(/^adapter-s3-[0-9a-f]{4} 9000/);
  expect(adapterPortName('nfs')).toBe('adapter-nfs');
  expect(adapterPortName('a-very-long-type').length).toBeLessThanOrEqual(15);
});

test('the NetworkPolicy lets through what the Service leads to, discovery included', () => {
  const policy = adapterNetworkPolicy(server, nfs);
  const ports = policy.spec?.ingress?.[0]?.ports?.map(({ port, protocol }) => `${port ?? ''} ${protocol ?? ''}`);
  expect(ports).toEqual(['12049 TCP', '10111 TCP', '10111 UDP', '12049 UDP', '5353 UDP']);
  expect(policy.spec?.podSelector).toEqual(adapterService(server, nfs).spec && { matchLabels: adapterService(server, nfs).spec?.selector }); // prettier-ignore
});

test('spec.adapterServices decides type and annotations, a load balancer without', () => {
  expect(adapterService(server, nfs).spec?.type).toBe('LoadBalancer');
  expect(adapterService(server, nfs).metadata.annotations).toBeUndefined();
  const changed = dittoServer({
    storage: { metadataSize: '1Gi' },
    adapterServices: { type: 'NodePort', annotations: { 'example.org/pool': 'fast' } },
  });
  const service = adapterService(changed, nfs);
  expect(service.spec?.type).toBe('NodePort');
  expect(service.metadata.annotations).toEqual({ 'example.org/pool': 'fast' });
  expect(service.metadata.labels).toMatchObject({
    'dittofs.io/adapter-service': 'true',
    'dittofs.io/adapter-type': 'nfs',
  });
});
