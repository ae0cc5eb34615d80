// The arithmetic of the figures: percentiles, rates and rounding for people.

/** A sample of durations, summed up; milliseconds. */
export interface Distribution {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/**
 * The value below or at which the given share of the samples lies, by the nearest rank: always one that was seen.
 *
 * @param share above 0, up to 1
 * @throws when there are no samples
 */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('There are no samples to take a percentile of.');
  return value;
}

/** Sums up durations in milliseconds. Throws when there are none. */
export function distribution(samplesMs: readonly number[]): Distribution {
  return {
    samples: samplesMs.length,
    p50Ms: percentile(samplesMs, 0.5),
    p95Ms: percentile(samplesMs, 0.95),
    maxMs: percentile(samplesMs, 1),
  };
}

/** The arithmetic mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** The sum. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A number for people, with at least two significant digits. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 10 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return size >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

/** Milliseconds for people: `38 ms`, `1.2 s`. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${rounded(ms)} ms` : `${rounded(ms / 1_000)} s`;
}
