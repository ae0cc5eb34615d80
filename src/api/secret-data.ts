// What stands in a Secret: the API server sends every value in base64.
import type { KubeObject } from './kubernetes.ts';

/** Key → value in base64. */
export type SecretData = Readonly<Record<string, string>>;

export interface SecretObject extends KubeObject {
  readonly data?: SecretData;
}

/** The bytes of one value. */
export const decoded = (value: string): Buffer => Buffer.from(value, 'base64');

/** The text under a key; empty when there is none. */
export const textIn = (data: SecretData | undefined, key: string): string => decoded(data?.[key] ?? '').toString();
