// Where the watcher counts what it does and tells how it stands, whatever keeps the metrics.

export type CounterName =
  | 'nudges'
  | 'nudges_refused'
  | 'echoes'
  | 'probes'
  | 'audits'
  | 'audits_failed'
  | 'runs_started'
  | 'runs_replaced'
  | 'conditions_written'
  | 'relists';

export interface Counters {
  count(name: CounterName, labels?: Readonly<Record<string, string>>): void;
}

export type GaugeName = 'nudges_due' | 'nudges_oldest_seconds' | 'runs_stalled' | 'lease_held';

export interface Gauges {
  set(name: GaugeName, value: number): void;
}
