// Sizes as users write them: the text form of a Kubernetes quantity.

/** As the API server takes it, without a sign of minus: a size is never negative. */
const QUANTITY = /^\+?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/;

const SCALE: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ...['n', 'u', 'm'].map((suffix, i) => [suffix, 1000 ** (i - 3)] as const),
  ...['k', 'M', 'G', 'T', 'P', 'E'].map((suffix, i) => [suffix, 1000 ** (i + 1)] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, i) => [suffix, 1024 ** (i + 1)] as const),
]);

/**
 * Bytes of a Kubernetes quantity.
 *
 * @returns undefined for anything that is none, of whatever type
 * @example quantityInBytes('10Gi') // 10737418240
 */
export function quantityInBytes(given: unknown): number | undefined {
  if (typeof given !== 'string' && typeof given !== 'number') return undefined;
  const [, digits, suffix = ''] = QUANTITY.exec(String(given)) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (SCALE.get(suffix) ?? 10 ** Number(suffix.slice(1)));
}
