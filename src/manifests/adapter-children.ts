// Service "<name>-adapter-<type>" and the NetworkPolicy of the same name: how clients reach one protocol adapter. They follow what the
// server itself says of its adapters. Nothing of them is in the pod's template, so that an adapter never restarts the server.
import type { V1NetworkPolicy, V1NetworkPolicyPort, V1Service, V1ServicePort } from '@kubernetes/client-node';
import { createHash } from 'node:crypto';
import { adapterChildName, adapterSlug, LABELS, labels } from '../api/names.ts';
import type { KnownAdapter } from '../api/verdict.ts';
import { canonical } from './canonical.ts';
import type { Json, Manifest } from './manifest.ts';
import { ownedMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';
import { DEFAULTS } from './settings.ts';

type Adapter = Pick<KnownAdapter, 'type' | 'port'>;
type Port = Json<V1ServicePort>;

/** Where NFS clients look for the portmapper, and where the server has it, since it runs without the right to low ports. */
const PORTMAP_PORT = 111;
const PORTMAP_TARGET = 10111;

const tcp = (name: string, port: number, targetPort = port): Port => ({ name, port, targetPort, protocol: 'TCP' });
const udp = (name: string, port: number, targetPort = port): Port => ({ name, port, targetPort, protocol: 'UDP' });

/** Kubernetes takes 15 characters: a longer one keeps its beginning and a digest. */
export function adapterPortName(type: string): string {
  const slug = adapterSlug(type);
  const name = `adapter-${slug}`;
  if (name.length <= 15) return name;
  const digest = createHash('sha256').update(slug).digest('hex').slice(0, 4);
  return `${name.slice(0, 10).replace(/-+$/, '')}-${digest}`;
}

/** Besides its own port: the portmapper of NFS, and the discovery of each (mDNS, WSD). */
function portsOf({ type, port }: Adapter): readonly Port[] {
  const slug = adapterSlug(type);
  const own = tcp(adapterPortName(type), port);
  const mdns = udp('mdns', 5353);
  if (slug === 'nfs') {
    const portmap = [tcp('portmap', PORTMAP_PORT, PORTMAP_TARGET), udp('portmap-udp', PORTMAP_PORT, PORTMAP_TARGET)];
    return [own, ...portmap, udp('adapter-nfs-udp', port), mdns];
  }
  return slug === 'smb' ? [own, mdns, udp('wsd', 3702), tcp('wsd-meta', 5357)] : [own, mdns];
}

/** The Service of one adapter, of the type and with the annotations of spec.adapterServices. */
export function adapterService(server: RenderableServer, adapter: Adapter): Manifest<V1Service> {
  const { name } = server.metadata;
  const { type = DEFAULTS.adapterServices.type, annotations = {} } = server.spec.adapterServices ?? {};
  const own = canonical(annotations);
  const metadata = ownedMeta(server, adapterChildName(name, adapter.type), {
    [LABELS.adapterService]: 'true',
    [LABELS.adapterType]: adapterSlug(adapter.type),
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: Object.keys(own).length > 0 ? { ...metadata, annotations: own } : metadata,
    spec: { type, selector: labels(name), ports: portsOf(adapter) },
  };
}

/** Lets clients through to the pod's ports behind that Service. */
export function adapterNetworkPolicy(server: RenderableServer, adapter: Adapter): Manifest<V1NetworkPolicy> {
  const { name } = server.metadata;
  const ports = portsOf(adapter).map(({ targetPort, protocol }): Json<V1NetworkPolicyPort> => ({
    ...(targetPort !== undefined && { port: targetPort }),
    protocol: protocol ?? 'TCP',
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMeta(server, adapterChildName(name, adapter.type), {
      [LABELS.adapterNetworkPolicy]: 'true',
      [LABELS.adapterType]: adapterSlug(adapter.type),
    }),
    spec: { podSelector: { matchLabels: labels(name) }, policyTypes: ['Ingress'], ingress: [{ ports }] },
  };
}
