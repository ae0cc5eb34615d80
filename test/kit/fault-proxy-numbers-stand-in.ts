// Stand-in for a store that is restored from a backup: resourceVersions are told higher than they are, and from `rewind` on as they are,
// so that to a client they go backwards. What the client sends back is turned the other way.

export interface Numbers {
  areAhead(): boolean;
  /** Text of a call or an answer, JSON, with the numbers turned. */
  toClient(text: string): string;
  toServer<T extends { readonly path: string; readonly sent: string }>(call: T): T;
  /** A watch from a number that does not exist (any more). */
  isFuture(path: string): boolean;
  rewind(): void;
}

/** More than any kit cluster ever counts. */
const AHEAD = 1_000_000_000n;

const IN_OBJECTS = /("resourceVersion": ?")(\d+)(?=")/g;
/** A test in a JSON patch, as the provisioner writes it. */
const IN_PATCHES = /("path":"\/metadata\/resourceVersion","value":")(\d+)(?=")/g;
const IN_QUERIES = /([?&]resourceVersion=)(\d+)/;

/** Numbers that are ahead, or those that are real. */
export function createNumbers(startAhead: boolean): Numbers {
  let ahead = startAhead;
  const turned = (text: string, pattern: RegExp, by: bigint): string =>
    text.replace(pattern, (whole, before: string, number: string) => {
      const other = BigInt(number) + by;
      // A number that the client made up stays as it is.
      return other < 0n ? whole : `${before}${other}`;
    });
  return {
    areAhead: () => ahead,
    toClient: (text) => (ahead ? turned(text, IN_OBJECTS, AHEAD) : text),
    toServer(call) {
      if (!ahead) return call;
      const sent = turned(turned(call.sent, IN_OBJECTS, -AHEAD), IN_PATCHES, -AHEAD);
      return { ...call, sent, path: turned(call.path, IN_QUERIES, -AHEAD) };
    },
    isFuture: (path) => !ahead && BigInt(IN_QUERIES.exec(path)?.[2] ?? 0) >= AHEAD,
    rewind: () => void (ahead = false),
  };
}
