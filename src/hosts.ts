// Where to connect for a host name. In the cluster its DNS answers; outside of it, a file may say so. Only the address changes:
// Host header, TLS server name and the check of certificates stay those of the name.
import { readFileSync, statSync } from 'node:fs';

/** Where a connection goes. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** From a host name and port to the address to connect to; what it does not know, the system's resolver is asked for. */
export type Route = (host: string, port: number) => Address;

/** As the name says: for use in the cluster. */
export const direct: Route = (host, port) => ({ host, port });

type Overrides = ReadonlyMap<string, string>;

const NONE: Overrides = new Map();
/** How long a file is trusted before it is looked at again. */
const TRUST_MS = 500;

/**
 * A route by a JSON file: an object from host name, or `*.suffix`, to `address` or `address:port`. It is read anew when it
 * changes, since pods come and go. An exact name wins, then the longest suffix. A file that is not there overrides nothing; nor
 * does one that is no such object, so that half a file never breaks what worked.
 *
 * @example hostOverrides('/run/hosts.json')('files-api.prod.svc.cluster.local', 8080)
 */
export function hostOverrides(file: string): Route {
  let overrides = NONE;
  let stamp = '';
  let lookAtMs = 0;
  const refresh = (): void => {
    if (Date.now() < lookAtMs) return;
    lookAtMs = Date.now() + TRUST_MS;
    const now = stampOf(file);
    if (now === stamp) return;
    const read = now === '' ? NONE : readOverrides(file);
    if (!read) return;
    stamp = now;
    overrides = read;
  };
  return (host, port) => {
    refresh();
    const found = lookUp(overrides, host);
    return found === undefined ? { host, port } : addressOf(found, port);
  };
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino}/${stat.mtimeMs}/${stat.size}` : '';
}

function readOverrides(file: string): Overrides | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return undefined;
  }
}

function lookUp(overrides: Overrides, host: string): string | undefined {
  const exact = overrides.get(host);
  if (exact !== undefined) return exact;
  const suffixes = [...overrides.keys()].filter((key) => key.startsWith('*.') && host.endsWith(key.slice(1)));
  const [longest] = suffixes.sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : overrides.get(longest);
}

function addressOf(text: string, port: number): Address {
  const [, host = text, own] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return { host, port: own === undefined ? port : Number(own) };
}
