// The ConfigMap "<name>-config" with the server's configuration file. Enforced: what others change in our key is put back.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { CONFIG_KEY, names } from '../api/names.ts';
import { configYaml } from './config-yaml.ts';
import type { Manifest } from './manifest.ts';
import { ownedMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';

export type ConfigMap = Manifest<V1ConfigMap>;

/** Mounted at /config. */
export function configMap(server: RenderableServer): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMeta(server, names(server.metadata.name).configMap),
    data: { [CONFIG_KEY]: configYaml(server) },
  };
}
