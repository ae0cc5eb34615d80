// The program's own counters, kept by the Temporal SDK's meter so that one address serves them beside the SDK's.
import { Runtime } from '@temporalio/worker';
import type { CounterName, Counters, GaugeName, Gauges } from './watcher/index.ts';

/** What stands behind HELP in /metrics. */
const DESCRIPTIONS: Readonly<Record<CounterName, string>> = {
  nudges: 'Signals to look again that Temporal took',
  nudges_refused: 'Signals that Temporal refused or did not answer; each is sent again',
  echoes: 'Events of DittoServers that told only what the watcher had written itself, and woke nobody',
  probes: 'Times that a server’s own API was asked what changes without an event',
  audits: 'Checks that the workflow of a DittoServer runs and can move',
  audits_failed: 'Such checks that Temporal refused or did not answer',
  runs_started: 'Workflows that were not there and were started by such a check',
  runs_replaced: 'Runs that could not move and were replaced',
  conditions_written: 'Writes of the condition EngineReachable',
  relists: 'Full lists of a kind, by kind and reason',
};

const GAUGES: Readonly<Record<GaugeName, string>> = {
  nudges_due: 'DittoServers with a signal that Temporal has not taken yet',
  nudges_oldest_seconds: 'Age of the oldest of them',
  runs_stalled: 'DittoServers whose run could not move at the last check',
  lease_held: '1 in the replica that audits and tells, else 0',
};

type Meter = Runtime['metricMeter'];

/**
 * Uses the instrument of a name. The SDK closes its runtime when a connection cannot be made and nothing else uses it, and opens another
 * for the next one: what is counted goes on there from zero, as after a restart; between the two nothing is.
 */
function instruments<Name, Instrument>(create: (meter: Meter, name: Name) => Instrument) {
  let runtime: Runtime | undefined;
  let made = new Map<Name, Instrument>();
  return (name: Name, use: (instrument: Instrument) => void): void => {
    try {
      const present = Runtime.instance();
      if (present !== runtime) made = new Map();
      runtime = present;
      const instrument = made.get(name) ?? create(present.metricMeter, name);
      made.set(name, instrument);
      use(instrument);
    } catch {
      // Nothing must fail for want of a figure.
    }
  };
}

/** Gauges named `dittoserver_<name>`; the runtime must be installed. */
export function sdkGauges(): Gauges {
  const gauge = instruments((meter, name: GaugeName) =>
    meter.createGauge(`dittoserver_${name}`, 'float', '', GAUGES[name]),
  );
  return { set: (name, value) => gauge(name, (one) => one.set(value)) };
}

/** Counters named `dittoserver_<name>_total`; the runtime must be installed. */
export function sdkCounters(): Counters {
  const counter = instruments((meter, name: CounterName) =>
    meter.createCounter(`dittoserver_${name}`, '', DESCRIPTIONS[name]),
  );
  return { count: (name, labels = {}) => counter(name, (one) => one.add(1, labels)) };
}
