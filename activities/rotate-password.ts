// The step that has the database's password changed. Percona's operator makes a new one, with uri and verifier, for a user Secret whose
// password is empty, and then hands it to PostgreSQL (operator 2.9.0); nothing of ours ever knows or chooses it.
import type { JsonPatchOp } from '../src/kube/index.ts';
import { timestamp } from '../src/api/kubernetes.ts';
import { ANNOTATIONS, names } from '../src/api/names.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import { known, valueOf, type Fact, type Facts } from '../src/requirements/facts.ts';
import { askedRotation } from '../src/requirements/password-rotation.ts';
import { StaleFacts } from './failure.ts';
import { entryOps, fence, pointer } from './metadata-ops.ts';
import { credentialsFact } from './observe/credentials.ts';
import { configHashFact, secretRef } from './observe/secrets.ts';
import type { Act } from './outcome.ts';
import { regarding } from './publish.ts';
import type { Work } from './step.ts';

const EMPTY = '';

/** One write, of this very Secret as it was seen: the password goes and the mark comes, or neither. */
const rotation = (secret: SecretObject, asked: string, nowMs: number): readonly JsonPatchOp[] => [
  fence(secret),
  ...entryOps(secret, 'annotations', {
    [ANNOTATIONS.passwordRotation]: asked,
    [ANNOTATIONS.passwordRotatedAt]: timestamp(nowMs),
  }),
  { op: 'replace', path: pointer('data', 'password'), value: EMPTY },
];

/** Facts with the Secret as it is now: nothing is rolled, and nothing is called ready, on what it was. */
function withSecret({ server, observation }: Work, written: SecretObject): Facts {
  const { facts, secrets } = observation;
  const now = new Map<string, Fact<SecretObject>>(secrets).set(written.metadata.name, known(written));
  const { uid = '', resourceVersion = '' } = written.metadata;
  return {
    ...facts,
    configHash: configHashFact(server, now),
    credentials: credentialsFact(server, now),
    seen: { ...facts.seen, [uid]: resourceVersion },
  };
}

export const rotateDatabasePassword: Act = async (work) => {
  const { call, server, observation } = work;
  const { deps, signal } = call;
  const asked = askedRotation(observation.facts);
  const name = names(server.metadata.name).postgresUserSecret;
  const found = valueOf(observation.secrets.get(name) ?? { state: 'absent' });
  if (!found || asked === undefined) throw new StaleFacts();
  const ref = secretRef(server.metadata.namespace, name);
  const written = await deps.kube.patchJson<SecretObject>(ref, rotation(found, asked, deps.now()), { signal });
  const note = `Secret ${name} gets a new password, as the annotation ${ANNOTATIONS.rotatePassword} asks; the server is rolled to it when the database accepts it`;
  const about = regarding(observation.facts.server);
  await deps.record(
    { regarding: about, type: 'Normal', reason: 'PasswordRotated', action: 'Rotate', note },
    { signal },
  );
  return { facts: withSecret(work, written) };
};
