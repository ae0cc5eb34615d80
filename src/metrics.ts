// The program's own counters, kept by the Temporal SDK's meter so that one address serves them beside the SDK's.
import { Runtime } from '@temporalio/worker';
import type { CounterName, Counters } from './watcher/index.ts';

/** What stands behind HELP in /metrics. */
const DESCRIPTIONS: Readonly<Record<CounterName, string>> = {
  nudges: 'Signals to look again that Temporal took',
  nudges_refused: 'Signals that Temporal refused or did not answer; each is sent again',
  audits: 'Checks that the workflow of a DittoServer runs',
  audits_failed: 'Such checks that Temporal refused or did not answer',
  relists: 'Full lists of a kind, by kind and reason',
};

/** Counters named `dittoserver_<name>_total`; the runtime must be installed. */
export function sdkCounters(): Counters {
  const meter = Runtime.instance().metricMeter;
  const counters = new Map<CounterName, ReturnType<typeof meter.createCounter>>();
  return {
    count(name, labels = {}) {
      const counter = counters.get(name) ?? meter.createCounter(`dittoserver_${name}`, '', DESCRIPTIONS[name]);
      counters.set(name, counter);
      counter.add(1, labels);
    },
  };
}
