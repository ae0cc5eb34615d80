// A reference to one key of a Secret; the form that all of a DittoServer's references to Secrets share.

/** As in core/v1; the Secret is always one of the DittoServer's own namespace. */
export interface SecretKeySelector {
  /** Empty or absent: no Secret is meant. */
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}
