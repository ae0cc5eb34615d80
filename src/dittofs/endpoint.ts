// Where a DittoFS server's REST API is, and how it is trusted.
import { createHash } from 'node:crypto';

/** What TLS needs beside the name; all in PEM. */
export interface Trust {
  /** The only authority that is trusted; without it those that the system trusts. */
  readonly ca?: string;
  /** What the client shows of itself, where the server asks for it. */
  readonly cert?: string;
  readonly key?: string;
}

export interface Endpoint {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly trust: Trust;
}

/** The name of an API's Service. */
export function apiHost(service: string, namespace: string, clusterDomain: string): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}

/** For people, and for the Secret that names the server: no path, no credentials. */
export const urlOf = ({ scheme, host, port }: Endpoint): string => `${scheme}://${host}:${port}`;

/** Changes with everything of it that a connection depends on. */
export function endpointDigest(endpoint: Endpoint): string {
  const { ca = '', cert = '', key = '' } = endpoint.trust;
  return createHash('sha256')
    .update(JSON.stringify([urlOf(endpoint), ca, cert, key]))
    .digest('hex')
    .slice(0, 16);
}
