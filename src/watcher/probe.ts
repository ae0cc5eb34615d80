// One probe of one server: its API is asked as the step that logs in asks it. Secrets are read anew when they may have changed.
import type { DittoServer } from '../api/generated/ditto-server.ts';
import type { Condition, Stored } from '../api/kubernetes.ts';
import { DEFAULT_POLLING_MS, pollingIntervalMs } from '../api/duration.ts';
import { LABELS, names } from '../api/names.ts';
import { textIn, type SecretObject } from '../api/secret-data.ts';
import { shapeFaults, storedConditions, storedDittoServer } from '../api/stored.ts';
import {
  accountOf,
  answerDigest,
  endpointDigest,
  endpointOf,
  inspect,
  secretsOfApi,
  type Account,
  type Answer,
  type DittoFs,
  type Endpoint,
  type SecretValue,
  type Sessions,
} from '../dittofs/index.ts';
import type { Kube } from '../kube/index.ts';
import { serverKey, type ServerKey } from './directory.ts';
import type { Probe, Probed } from './prober.ts';

export interface ProbeDeps {
  readonly kube: Kube;
  readonly dittofs: DittoFs;
  readonly sessions: Sessions;
  readonly clusterDomain: string;
}

/** The DittoServers of which a server runs, for the prober. */
export interface ProbedServers {
  put(server: Stored<DittoServer>): void;
  remove(key: ServerKey): void;
  all(): readonly Probed[];
  probe(key: ServerKey, signal: AbortSignal): Promise<Probe | undefined>;
}

interface Access {
  readonly endpoint: Endpoint;
  readonly account: Account | undefined;
  readonly readAtMs: number;
}

interface Entry extends Probed {
  readonly server: Stored<DittoServer>;
  access: Access | undefined;
}

/** How long credentials are kept that work. */
const TRUST_MS = 10 * 60_000;

const conditionOf = ({ status }: DittoServer, wanted: string): Condition | undefined =>
  storedConditions(status).find(({ type }) => type === wanted);

/** Its pods are ready, and it is to stay: only then there is somebody to ask. */
function isServing(server: Stored<DittoServer>): boolean {
  const available = conditionOf(server, 'Available');
  const isUp = available?.status === 'True' && available.reason !== 'Stopped';
  return isUp && server.metadata.deletionTimestamp === undefined;
}

const isSame = (server: Stored<DittoServer>, before: Entry | undefined): before is Entry =>
  before?.server.metadata.uid === server.metadata.uid && before.server.metadata.generation === server.metadata.generation; // prettier-ignore

/** Undefined for a specification that cannot be read: what is stored is not taken on trust. */
function entryOf(found: Stored<DittoServer>, before: Entry | undefined): Entry | undefined {
  const settled = conditionOf(found, 'Ready')?.status === 'True';
  if (isSame(found, before)) return { ...before, settled };
  const server = storedDittoServer(found);
  if (shapeFaults(server.spec).length > 0) return undefined;
  const { namespace = '', name } = server.metadata;
  const intervalMs = pollingIntervalMs(server.spec?.adapterDiscovery?.pollingInterval) ?? DEFAULT_POLLING_MS;
  return { key: serverKey(namespace, name), intervalMs, settled, server, access: undefined };
}

/** Servers that run, with what is known of the way to them. */
export function createProbedServers(deps: ProbeDeps): ProbedServers {
  const entries = new Map<ServerKey, Entry>();

  const readAccess = async ({ server }: Entry, signal: AbortSignal): Promise<Access> => {
    const { namespace = '', name, uid } = server.metadata;
    const account = names(name).operatorSecret;
    const secrets = await Promise.all(
      secretsOfApi(server).map((name) =>
        deps.kube.get<SecretObject>({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } }, { signal }),
      ),
    );
    const value: SecretValue = (secretName, key) => {
      const secret = secrets.find((one) => one?.metadata.name === secretName);
      const isForeign = secretName === account && secret?.metadata.labels?.[LABELS.ownerUid] !== uid;
      return isForeign ? undefined : textIn(secret?.data, key) || undefined;
    };
    const endpoint = endpointOf(server, value, deps.clusterDomain);
    return { endpoint, account: accountOf(server, value), readAtMs: Date.now() };
  };

  const ask = async ({ server }: Entry, { endpoint, account }: Access, signal: AbortSignal): Promise<Answer> =>
    inspect({
      server: endpointDigest(endpoint),
      api: deps.dittofs.at(endpoint, signal),
      sessions: deps.sessions,
      account,
      withPolicies: (server.spec?.snapshotPolicies ?? []).length > 0,
    });

  return {
    put(server) {
      const { namespace = '', name } = server.metadata;
      const key = serverKey(namespace, name);
      const entry = isServing(server) ? entryOf(server, entries.get(key)) : undefined;
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    },
    remove: (key) => void entries.delete(key),
    all: () => [...entries.values()],
    async probe(key, signal) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      const kept = entry.access && Date.now() - entry.access.readAtMs < TRUST_MS ? entry.access : undefined;
      const access = kept ?? (await readAccess(entry, signal));
      const answer = await ask(entry, access, signal);
      // What does not work is read anew the next time; there may be another Secret by then.
      entry.access = answer.problem || !access.account ? undefined : access;
      return { digest: answerDigest(answer), trouble: answer.problem !== undefined };
    },
  };
}
