// The program's own counters, kept by the Temporal SDK's meter so that one address serves them beside the SDK's.
import { Runtime } from '@temporalio/worker';
import type { Counters } from './watcher/index.ts';

/** Counters named `temporal_dittoserver_<name>_total`, after the SDK's own prefix; the runtime must be installed. */
export function sdkCounters(): Counters {
  const meter = Runtime.instance().metricMeter;
  const counters = new Map<string, ReturnType<typeof meter.createCounter>>();
  return {
    count(name, labels = {}) {
      const counter = counters.get(name) ?? meter.createCounter(`dittoserver_${name}`);
      counters.set(name, counter);
      counter.add(1, labels);
    },
  };
}
