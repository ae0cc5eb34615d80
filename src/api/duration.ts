// Durations as Go writes them, which is how DittoFS and this custom resource write them: 30s, 1h30m, 1.5h, 250ms.

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g;
const WHOLE = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;

/** Milliseconds; undefined for what is no duration of zero or more. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!WHOLE.test(text)) return undefined;
  return [...text.matchAll(PART)].reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0), 0);
}

const SHORTHANDS_MS: Readonly<Record<string, number>> = {
  '@hourly': 3_600_000,
  '@daily': 86_400_000,
  '@weekly': 604_800_000,
};

/** The interval of a snapshot policy, a duration or a shorthand, in milliseconds; undefined for what DittoFS 0.29.0 refuses. */
export function snapshotIntervalMs(text: string): number | undefined {
  const trimmed = text.trim();
  const ms = SHORTHANDS_MS[trimmed.toLowerCase()] ?? durationMs(trimmed);
  return ms !== undefined && ms > 0 ? ms : undefined;
}

export const DEFAULT_POLLING_MS = 30_000;
const SHORTEST_POLLING_MS = 1_000;
const LONGEST_POLLING_MS = 86_400_000;

/** How often a server is asked; undefined for what cannot be: less than a second, more than a day, or no duration. */
export function pollingIntervalMs(text: string | undefined): number | undefined {
  const ms = text === undefined ? DEFAULT_POLLING_MS : durationMs(text);
  return ms !== undefined && ms >= SHORTEST_POLLING_MS && ms <= LONGEST_POLLING_MS ? ms : undefined;
}
