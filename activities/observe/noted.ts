// Secrets on which something of ours is to be written down, beside what they hold.
import { digest } from '../../src/api/fingerprint.ts';
import type { Stored } from '../../src/api/kubernetes.ts';
import type { SecretObject } from '../../src/api/secret-data.ts';
import { operatorSecret, type RenderableServer } from '../../src/manifests/index.ts';
import { known, valueOf, type ChildFact } from '../../src/requirements/facts.ts';
import { childName, generatedSecrets } from './children.ts';
import { liveOf } from './live.ts';
import type { Secrets } from './secrets.ts';

/** The Secret as one that lacks some of these annotations; nothing when it has them, or is going. */
export function notedFact(
  server: RenderableServer,
  secret: SecretObject,
  wanted: Readonly<Record<string, string>>,
): readonly ChildFact[] {
  const { annotations = {}, deletionTimestamp } = secret.metadata;
  const lacking = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => annotations[key] !== value));
  if (Object.keys(lacking).length === 0 || deletionTimestamp !== undefined) return [];
  const live = known(liveOf(secret as Stored, server));
  return [{ child: childName(secret), policy: 'noted', intent: digest(wanted), live, lacking }];
}

/** Our own Secrets, also those that the Go operator made: what they unlock is said on them, where nobody can see it. */
export function unlockFacts(server: RenderableServer, secrets: Secrets): readonly ChildFact[] {
  const noBytes = (size: number): Uint8Array => new Uint8Array(size);
  const own = [...generatedSecrets(server, noBytes), operatorSecret(server, { password: '', url: '' })];
  return own.flatMap(({ metadata: { name, annotations = {} } }) => {
    const secret = valueOf(secrets.get(name) ?? { state: 'absent' });
    const isOurs = secret && liveOf(secret as Stored, server).ownership === 'ours';
    return isOurs ? notedFact(server, secret, annotations) : [];
  });
}
