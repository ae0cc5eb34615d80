// Where a DittoServer's API is, and who we are there: from its specification, and from the Secrets that these name.
import type { DittoServer } from '../api/generated/ditto-server.ts';
import { DEFAULT_API_PORT, names, OPERATOR_KEYS, OPERATOR_USER } from '../api/names.ts';
import { apiHost, type Endpoint } from './endpoint.ts';
import type { Account } from './sessions.ts';

/** A DittoServer as far as this needs it. */
export interface Located {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: DittoServer['spec'];
}

/** One value of a Secret of the DittoServer's namespace; undefined when it is not there or empty. */
export type SecretValue = (secretName: string, key: string) => string | undefined;

/** The Secrets that the two functions below look into. */
export function secretsOfApi({ metadata, spec }: Located): readonly string[] {
  const { certSecretName, clientCASecretName } = spec?.controlPlane ?? {};
  const all = [names(metadata.name).operatorSecret, certSecretName, certSecretName && clientCASecretName];
  return all.flatMap((name) => (name ? [name] : []));
}

/** The issuer of the server's certificate stands under `ca.crt` beside it; our own under `tls.crt` and `tls.key` beside the authority that the server trusts. */
function trustOf(certSecret: string, clientCaSecret: string | undefined, value: SecretValue): Endpoint['trust'] {
  const ca = value(certSecret, 'ca.crt');
  const [cert, key] = ['tls.crt', 'tls.key'].map((name) => (clientCaSecret ? value(clientCaSecret, name) : undefined));
  return { ...(ca && { ca }), ...(cert && key && { cert, key }) };
}

/** Where the API is. `controlPlane.tls` alone means TLS by a proxy before the server. */
export function endpointOf({ metadata, spec }: Located, value: SecretValue, clusterDomain: string): Endpoint {
  const { certSecretName, clientCASecretName, tls, port = DEFAULT_API_PORT } = spec?.controlPlane ?? {};
  return {
    scheme: certSecretName || tls === true ? 'https' : 'http',
    host: apiHost(names(metadata.name).apiService, metadata.namespace ?? '', clusterDomain),
    port,
    trust: certSecretName ? trustOf(certSecretName, clientCASecretName, value) : {},
  };
}

/** The provisioner's own account; undefined when there is none that can be used. */
export function accountOf({ metadata }: Located, value: SecretValue): Account | undefined {
  const secret = names(metadata.name).operatorSecret;
  const password = value(secret, OPERATOR_KEYS.password);
  // Not the name that stands in the Secret: whoever can edit that would have us reset the password of another user.
  return password === undefined ? undefined : { username: OPERATOR_USER, password, own: true };
}
