// Plays the part of the Percona operator that needs a kubelet: it keeps the roles of running databases as the users' Secrets say.
import type { Admin } from '../admin.ts';
import { listWatch } from '../list-watch.ts';
import type { ContainerProcess } from './container-process.ts';
import { clusterKey } from './database-program.ts';
import { applyUser } from './database-users.ts';
import type { Secret } from './pod-types.ts';

export interface DatabaseKeeperOptions {
  readonly admin: Admin;
  readonly signal: AbortSignal;
  /** The running primary of a PerconaPGCluster. */
  readonly databaseOf: (key: string) => ContainerProcess | undefined;
}

const LOOK_EVERY_MS = 100;

/** Applies every user Secret to its database when one of them is new or changed, until `signal` is aborted. */
export function keepDatabases({ admin, signal, databaseOf }: DatabaseKeeperOptions): void {
  const secrets = new Map<string, Secret>();
  const applied = new WeakMap<ContainerProcess, Map<string, string | undefined>>();
  const uidOf = ({ metadata }: Secret) => metadata.uid ?? '';
  const labelSelector = 'postgres-operator.crunchydata.com/role=pguser';
  const handlers = {
    seen: (secret: Secret) => void secrets.set(uidOf(secret), secret),
    gone: (secret: Secret) => void secrets.delete(uidOf(secret)),
  };
  void listWatch<Secret>(admin, { apiVersion: 'v1', kind: 'Secret', labelSelector }, handlers, signal);

  async function applyAll(): Promise<void> {
    for (const secret of secrets.values()) {
      const database = databaseOf(clusterKey(secret));
      if (!database) continue;
      const versions = applied.get(database) ?? new Map<string, string | undefined>();
      applied.set(database, versions);
      const { resourceVersion } = secret.metadata;
      if (versions.get(uidOf(secret)) === resourceVersion) continue;
      // Refused while the server starts: it is tried again.
      await applyUser(admin, secret, database).then(
        () => void versions.set(uidOf(secret), resourceVersion),
        () => undefined,
      );
    }
  }

  const next = () => {
    if (!signal.aborted) setTimeout(() => void applyAll().finally(next), LOOK_EVERY_MS).unref();
  };
  next();
}
