// What is on the volume of a database: its PostgreSQL major and its databases, as annotations of the user Secret. Percona's operator makes that
// Secret and deletes it only together with the volumes (2.9.0), so that the record lives as long as the data; the cluster itself, a DittoServer
// and its status may all be gone by then.
import { ANNOTATIONS, names, POSTGRES_CLUSTER_LABEL } from '../../src/api/names.ts';
import type { SecretObject } from '../../src/api/secret-data.ts';
import type { RenderableServer } from '../../src/manifests/index.ts';
import {
  ABSENT,
  known,
  valueOf,
  type ChildFact,
  type DatabaseRecord,
  type Fact,
  type Facts,
} from '../../src/requirements/facts.ts';
import { reportsReady } from '../../src/requirements/postgres-ready.ts';
import { notedFact } from './noted.ts';
import type { Secrets } from './secrets.ts';

type Annotations = Readonly<Record<string, string>>;

const userSecret = ({ metadata: { name } }: RenderableServer, secrets: Secrets): Fact<SecretObject> =>
  secrets.get(names(name).postgresUserSecret) ?? ABSENT;

function listIn(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
  } catch {
    return undefined;
  }
}

function recordIn(annotations: Annotations): DatabaseRecord | undefined {
  const postgresVersion = Number(annotations[ANNOTATIONS.postgresVersion]);
  const databases = listIn(annotations[ANNOTATIONS.databases] ?? '');
  // Nothing written is the number 0.
  const isVersion = Number.isInteger(postgresVersion) && postgresVersion > 0;
  return isVersion && databases ? { postgresVersion, databases } : undefined;
}

/** The record; absent where there is none, or none that makes sense. */
export function databaseRecordFact(server: RenderableServer, secrets: Secrets): Fact<DatabaseRecord> {
  const secret = userSecret(server, secrets);
  if (secret.state !== 'known') return secret;
  const record = recordIn(secret.value.metadata.annotations ?? {});
  return record ? known(record) : ABSENT;
}

/** What a database that is ready holds, by its own specification: a user may have upgraded it, or added to it. */
function heldBy(cluster: Facts['postgresCluster']): Annotations | undefined {
  const live = valueOf(cluster);
  if (live?.ownership !== 'ours' || !reportsReady(live) || live.postgresVersion === undefined) return undefined;
  return {
    [ANNOTATIONS.postgresVersion]: String(live.postgresVersion),
    [ANNOTATIONS.databases]: JSON.stringify(live.databases),
  };
}

/** The user Secret, where the record is to be written: once a database is ready, and again when it holds something else. */
export function recordFacts(
  server: RenderableServer,
  secrets: Secrets,
  cluster: Facts['postgresCluster'],
): readonly ChildFact[] {
  const secret = valueOf(userSecret(server, secrets));
  const held = heldBy(cluster);
  const ofCluster = secret?.metadata.labels?.[POSTGRES_CLUSTER_LABEL] === names(server.metadata.name).postgresCluster;
  return secret && held && ofCluster ? notedFact(server, secret, held) : [];
}
