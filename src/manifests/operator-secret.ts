// The Secret "<name>-operator-credentials": the provisioner's own account in the server. Written once; it lives as long as the data in
// which the account is. Tokens are not in it: they live for minutes, in the processes that use them.
import type { V1Secret } from '@kubernetes/client-node';
import { names, OPERATOR_KEYS, OPERATOR_USER } from '../api/names.ts';
import type { Manifest } from './manifest.ts';
import { keyMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';

/**
 * The account's Secret.
 *
 * @param account.url where the API is, for people and scripts
 */
export function operatorSecret(
  server: RenderableServer,
  account: { readonly password: string; readonly url: string },
): Manifest<V1Secret> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: keyMeta(server, names(server.metadata.name).operatorSecret),
    type: 'Opaque',
    data: {
      [OPERATOR_KEYS.username]: base64(OPERATOR_USER),
      [OPERATOR_KEYS.password]: base64(account.password),
      [OPERATOR_KEYS.url]: base64(account.url),
    },
  };
}
