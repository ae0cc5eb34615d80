// Secrets that we make up where the user gives none. Created once and never changed: they live as long as the data that they
// unlock, which is longer than the DittoServer, so they carry no owner reference.
import type { V1Secret } from '@kubernetes/client-node';
import { ADMIN_PASSWORD_KEY, JWT_KEY, names } from '../api/names.ts';
import type { Manifest } from './manifest.ts';
import { keyMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';

export type Secret = Manifest<V1Secret>;

/** Cryptographically random bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** Key that signs the API's tokens: 32 random bytes as 43 characters (the server wants at least 32). */
export function jwtSecret(server: RenderableServer, randomBytes: RandomBytes): Secret {
  return secret(server, names(server.metadata.name).jwtSecret, { [JWT_KEY]: readable(randomBytes(32)) });
}

/** User name and password of the first administrator: 18 random bytes as 24 characters (the server takes 8 to 72). */
export function adminSecret(server: RenderableServer, randomBytes: RandomBytes): Secret {
  return secret(server, names(server.metadata.name).adminSecret, {
    username: 'admin',
    [ADMIN_PASSWORD_KEY]: readable(randomBytes(18)),
  });
}

function secret(server: RenderableServer, name: string, values: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: keyMeta(server, name),
    type: 'Opaque',
    // Not stringData: the API server would keep that field as ours although it is never stored.
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

/** Characters that need no escaping in URLs, shells or YAML. */
function readable(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
