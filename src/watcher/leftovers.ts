// DittoServers that are gone and of which generated Secrets are left: when the last of their data goes too, by whosever hand, their
// workflow is started to see whether the Secrets unlock anything any more.
import type { Stored } from '../api/kubernetes.ts';
import { APP, LABELS, names, PERCONA_PG_CLUSTER } from '../api/names.ts';
import { serverKey, type ServerKey, type Subject } from './directory.ts';
import type { WatchedKind } from './kinds.ts';

type Kind = Pick<WatchedKind, 'title' | 'outlives' | 'subjects'>;

export interface Leftovers {
  /** What the watch of such a kind brings. */
  put(kind: Kind, object: Stored): void;
  remove(kind: Kind, id: string): void;
  /** After all lists are complete: those of which no data is left already. */
  sweep(): void;
}

export interface LeftoversOptions {
  readonly exists: (key: ServerKey) => boolean;
  readonly nudge: (key: ServerKey) => void;
}

const SUFFIX = names('').postgresCluster;

/** Whose an object is by its labels, or a database by its name. */
function keyOf({ kind, namespace, name, labels = {} }: Subject): ServerKey | undefined {
  if (kind === PERCONA_PG_CLUSTER.kind) return name.endsWith(SUFFIX) ? serverKey(namespace, name.slice(0, -SUFFIX.length)) : undefined; // prettier-ignore
  const { [LABELS.app]: app, [LABELS.instance]: instance = '' } = labels;
  return app === APP ? serverKey(namespace, instance) : undefined;
}

const isKey = ({ metadata }: Stored): boolean => metadata.labels?.[LABELS.ownerUid] !== undefined;

export function createLeftovers({ exists, nudge }: LeftoversOptions): Leftovers {
  const owners = { data: new Map<string, ServerKey>(), key: new Map<string, ServerKey>() };
  const idOf = ({ title }: Kind, id: string): string => `${title} ${id}`;
  const isUseless = (key: ServerKey, data: ReadonlySet<ServerKey>): boolean => !exists(key) && !data.has(key);

  return {
    put(kind, object) {
      const { outlives, subjects } = kind;
      if (!outlives || (outlives === 'key' && !isKey(object))) return;
      const { namespace = '', name } = object.metadata;
      const key = subjects(object).map(keyOf).find((one) => one !== undefined); // prettier-ignore
      if (key !== undefined) owners[outlives].set(idOf(kind, `${namespace}/${name}`), key);
    },
    remove(kind, id) {
      const { outlives } = kind;
      if (!outlives) return;
      const key = owners[outlives].get(idOf(kind, id));
      owners[outlives].delete(idOf(kind, id));
      if (outlives !== 'data' || key === undefined) return;
      const hasKeys = [...owners.key.values()].includes(key);
      if (hasKeys && isUseless(key, new Set(owners.data.values()))) nudge(key);
    },
    sweep() {
      const data = new Set(owners.data.values());
      for (const key of new Set(owners.key.values())) if (isUseless(key, data)) nudge(key);
    },
  };
}
