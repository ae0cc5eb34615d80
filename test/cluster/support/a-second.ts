// How long "within a second" is on this machine: a second, as long as it has a processor for everybody who wants one.
import { availableParallelism, loadavg } from 'node:os';

/** Milliseconds; longer in proportion when more processes want to run than there are processors. */
export function aSecond(): number {
  const [lastMinute = 0] = loadavg();
  return 1_000 * Math.max(1, lastMinute / availableParallelism());
}
