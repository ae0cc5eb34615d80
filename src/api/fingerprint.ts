// Digests that tell whether a child still is what we applied, without comparing its fields.
import { createHash } from 'node:crypto';
import type { ManagedFieldsEntry } from './kubernetes.ts';

/** JSON with sorted keys at every level, so that equal data has equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** A short digest of any JSON value; 16 hexadecimal digits. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

/**
 * Digest of the fields that a manager owns by apply. The API server takes a field out of that entry as soon as another
 * writer touches it, so the digest moves exactly when something of ours was touched.
 *
 * @returns an empty string when the manager owns nothing by apply
 */
export function ownedFieldsDigest(managedFields: readonly ManagedFieldsEntry[] | undefined, manager: string): string {
  const ours = (managedFields ?? []).filter(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource,
  );
  return ours.length === 0 ? '' : digest(ours.map((entry) => entry.fieldsV1 ?? {}));
}

/** What a child was when it was applied: which object, which of its fields were ours, and what we meant. */
export function fingerprint(uid: string, ownedFields: string, intent: string): string {
  return digest([uid, ownedFields, intent]);
}
