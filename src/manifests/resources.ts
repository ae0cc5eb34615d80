// CPU and memory as users write them, in one form whatever the order or the way of writing a number.
import type { PerconaResources } from '../api/percona.ts';
import { canonical } from './canonical.ts';

type Quantities = Readonly<Record<string, number | string>>;

/** Sorted, with quantities as text (1 and "1" are the same); undefined when nothing is asked for. */
export function resources(wanted: PerconaResources | undefined) {
  const { limits, requests, claims } = wanted ?? {};
  const result = {
    ...(limits && { limits: asText(limits) }),
    ...(requests && { requests: asText(requests) }),
    ...(claims && { claims: canonical([...claims]) }),
  };
  return Object.keys(result).length > 0 ? result : undefined;
}

function asText(quantities: Quantities): Record<string, string> {
  return canonical(Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, String(value)])));
}
