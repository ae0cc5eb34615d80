// The form of what is rendered: plain read-only JSON as the API server takes it, checked against the Kubernetes client's types.
import type { KubeObject } from '../api/kubernetes.ts';

/** The client declares classes; we render data of the same shape, in which points in time are text. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

/** A built-in object with the metadata that we write. */
export type Manifest<T> = Json<Omit<T, 'apiVersion' | 'kind' | 'metadata'>> & KubeObject;
