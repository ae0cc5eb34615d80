// A reference to one key of a Secret; the form that all of a DittoServer's references to Secrets share.

/** As in core/v1; the Secret is always one of the DittoServer's own namespace. */
export interface SecretKeySelector {
  /** Empty or absent: no Secret is meant. */
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

/** One key of one Secret. */
export interface SecretKey {
  readonly secretName: string;
  readonly key: string;
}

/** The key that is meant; undefined where none is. */
export function secretKey(ref: SecretKeySelector | undefined): SecretKey | undefined {
  return ref?.name ? { secretName: ref.name, key: ref.key } : undefined;
}
