// Where the watcher counts what it does, whatever keeps the metrics.

export type CounterName = 'nudges' | 'nudges_refused' | 'audits' | 'audits_failed' | 'relists';

export interface Counters {
  count(name: CounterName, labels?: Readonly<Record<string, string>>): void;
}
