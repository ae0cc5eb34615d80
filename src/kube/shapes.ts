// What an answer must look like to be trusted: checked once, where it enters the program.
import type { Stored } from '../api/kubernetes.ts';

/** Accept headers that make the API server send apiVersion, kind and metadata only. */
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** An object that the API server stores. */
export function isStored(value: unknown): value is Stored {
  const meta = metadataOf(value);
  return isText(meta?.['name']) && isText(meta['uid']) && isText(meta['resourceVersion']);
}

export interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly next?: string;
}

/** A list, or undefined for what is none. */
export function pageOf(value: unknown): Page | undefined {
  const resourceVersion = positionOf(value);
  const items = isRecord(value) ? value['items'] : undefined;
  if (resourceVersion === undefined || !(Array.isArray(items) || items === null)) return undefined;
  const next = metadataOf(value)?.['continue'];
  return { items: (items ?? []) as unknown[], resourceVersion, ...(isText(next) && { next }) };
}

/** metadata.resourceVersion, if there is one. */
export function positionOf(value: unknown): string | undefined {
  const version = metadataOf(value)?.['resourceVersion'];
  return isText(version) ? version : undefined;
}

function metadataOf(value: unknown): Record<string, unknown> | undefined {
  const meta = isRecord(value) ? value['metadata'] : undefined;
  return isRecord(meta) ? meta : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
