// Pods and operators speak in their own words, and a program that ends may print what it was given: values of the Secrets that
// we know are taken out before any of it is told.
import { decoded, type SecretData } from '../../src/api/secret-data.ts';
import type { PodFact } from '../../src/requirements/facts.ts';
import type { Secrets } from './secrets.ts';

/** Shorter values are no secrets, and would tear ordinary words apart (a port, a database's name). */
const SHORTEST = 8;
const CERTIFICATES = new Set(['tls.crt', 'ca.crt']);
/** Public where a password stands beside them: alone, such a key may be what a user named for his password. */
const BESIDE_PASSWORD = new Set(['host', 'port', 'user', 'dbname', 'database', 'username', 'sslmode']);
/** A file of settings may be quoted line by line (pgBackRest does). */
const SETTING = /^[\w.-]+\s*=\s*(.+)$/gm;

const isPublic = (key: string, data: SecretData): boolean =>
  CERTIFICATES.has(key) || (BESIDE_PASSWORD.has(key) && 'password' in data);

/** The forms in which a value may be quoted, the longest first. */
function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [value, json, encodeURIComponent(value), Buffer.from(value).toString('base64')];
}

function valuesOf(secrets: Secrets): readonly string[] {
  const data = [...secrets.values()].flatMap((secret) => (secret.state === 'known' ? [secret.value.data ?? {}] : []));
  const entries = data.flatMap((one) => Object.entries(one).filter(([key]) => !isPublic(key, one)));
  const texts = entries.map(([, value]) => decoded(value).toString());
  const values = texts.flatMap((text) => [text, ...[...text.matchAll(SETTING)].map(([, value = '']) => value.trim())]);
  return [...new Set(values.filter(({ length }) => length >= SHORTEST).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length,
  );
}

/** The same data with every known secret value replaced. */
export function redacted<T>(data: T, secrets: Secrets): T {
  const values = valuesOf(secrets);
  const clean = (inner: unknown): unknown => {
    if (typeof inner === 'string') return values.reduce((text, value) => text.replaceAll(value, '[secret]'), inner);
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, value]) => [key, clean(value)]));
  };
  return clean(data) as T;
}

/** The same without any field `message`. */
function silent<T>(value: T): T {
  const strip = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(strip);
    if (typeof inner !== 'object' || inner === null) return inner;
    const kept = Object.entries(inner).filter(([field]) => field !== 'message');
    return Object.fromEntries(kept.map(([field, one]) => [field, strip(one)]));
  };
  return strip(value) as T;
}

/** Pods without anything that their containers said: for when it is not known which values that might quote. */
export function withoutWords(pods: readonly PodFact[]): readonly PodFact[] {
  return pods.map((pod) => ({
    ...pod,
    initContainers: silent(pod.initContainers),
    containers: silent(pod.containers),
  }));
}
