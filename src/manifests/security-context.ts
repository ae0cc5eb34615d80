// Security settings of the pod: what the user sets stands; what is left open is filled in so that the pod passes the restricted
// Pod Security Standard, and never so that it contradicts the user and Kubernetes refuses the pod.
import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import { canonical } from './canonical.ts';
import type { Json } from './manifest.ts';
import type { Settings } from './settings.ts';

type PodSecurity = Json<V1PodSecurityContext>;
type Security = Json<V1SecurityContext>;
type Context = Settings['securityContext'];
type PodContext = Settings['podSecurityContext'];

/** uid and gid of the DittoFS image. */
const DITTOFS_ID = 65532;

/** Volumes belong to the server's group, unless the user decides; an explicit {} leaves ids to the platform. */
export function podSecurityContext(pod: PodContext): PodSecurity {
  return pod ? canonical(pod) : { fsGroup: DITTOFS_ID };
}

/** The server's container. */
export function serverSecurityContext(container: Context, pod: PodContext): Security {
  return canonical({ ...restricted(container, pod), ...withDrop(container) });
}

/**
 * The init container: always restricted. Its image may name no user or a user by name, which runAsNonRoot cannot check; so it
 * runs under the server's id, unless the user's pod settings leave ids to the platform or choose one.
 */
export function initSecurityContext(pod: PodContext): Security {
  return canonical({
    ...restricted(undefined, pod),
    ...(!pod && { runAsUser: DITTOFS_ID }),
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
}

/** What is filled in where container and pod say nothing. */
function restricted(container: Context, pod: PodContext): Security {
  const user = container?.runAsUser ?? pod?.runAsUser;
  const decided = pod?.runAsNonRoot !== undefined || user === 0;
  return {
    ...(!needsEscalation(container) && { allowPrivilegeEscalation: false }),
    ...(!decided && { runAsNonRoot: true }),
    ...(!pod?.seccompProfile && { seccompProfile: { type: 'RuntimeDefault' } }),
  };
}

/** Kubernetes refuses allowPrivilegeEscalation: false beside these. */
function needsEscalation(container: Context): boolean {
  const added = container?.capabilities?.add ?? [];
  return container?.privileged === true || added.includes('CAP_SYS_ADMIN') || added.includes('SYS_ADMIN');
}

/** All capabilities are dropped also where the user only adds one. */
function withDrop(container: Context): Security {
  const { capabilities, ...rest } = container ?? {};
  return { ...rest, capabilities: { drop: ['ALL'], ...capabilities } };
}
