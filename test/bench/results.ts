// What a run of the benchmark yields, scenario by scenario; the same shape in memory and in its JSON file.
import type { Histories } from './histories.ts';
import type { Machine } from './machine.ts';
import type { RequestCounts } from './requests.ts';
import type { Distribution } from './statistics.ts';
import type { Usage } from './usage.ts';

/** What the machine and the API server can do at best. */
export interface Floor {
  /** One write of a ConfigMap by one client. */
  readonly oneWrite: Distribution;
  /** Writes of ConfigMaps per second, by four clients. */
  readonly writesPerSecond: number;
  /** CPU time of the control plane for one of them, milliseconds. */
  readonly controlPlaneMsPerWrite: number;
}

/** Samples of one thing after another; `missed` are those that did not come within a minute. */
export interface Latency extends Distribution {
  readonly missed: number;
}

/** Many DittoServers at once. */
export interface FanIn {
  readonly servers: number;
  /** From the first request to the last StatefulSet. */
  readonly seconds: number;
  /** From the first request to the last write of the provisioner. */
  readonly quietAfterSeconds: number;
  /** Until quiet; counts per DittoServer, histories of one DittoServer on average. */
  readonly requests: RequestCounts;
  readonly history: Histories;
  /** From the first request until quiet. */
  readonly usage: Usage;
  /** In the ten seconds of silence after that: looks at DittoServers that wait. */
  readonly afterwards: Usage;
  /** With Percona: from a database that becomes ready to the StatefulSet. */
  readonly readyToStatefulSet?: Distribution;
}

/** DittoServers, left alone. */
export interface Rest {
  readonly servers: number;
  readonly seconds: number;
  readonly writes: number;
  readonly reads: number;
  readonly events: number;
  /** Calls of their servers' own API, and those among them that got a new token. What does not get through is not counted. */
  readonly calls: number;
  readonly tokens: number;
  readonly usage: Usage;
}

/** What others wait while everything is well, and beside one server whose API takes calls and never answers. */
export interface Hanging {
  readonly servers: number;
  readonly alone: Waits;
  readonly beside: Waits;
  /** Share of the second time in which a call hung, 0 to 1. */
  readonly hungShare: number;
}

/** `edit`: to the ConfigMap that follows a changed specification. `apply`: of a new DittoServer, to Ready. */
export interface Waits {
  readonly edit: Latency;
  readonly apply: Latency;
}

/** From apply to a server that serves, with the real Percona operator and real processes. */
export interface Serving {
  readonly samples: number;
  /** From apply to the first login that works, to Ready, and to the later of both. */
  readonly login: Distribution;
  readonly ready: Distribution;
  readonly whole: Distribution;
  /** Apply → PerconaPGCluster created. */
  readonly toCluster: Distribution;
  /** Percona: until the database is ready. */
  readonly database: Distribution;
  /** Database ready → StatefulSet created. */
  readonly toStatefulSet: Distribution;
  /** Kubernetes and the server itself: until its pod is ready. */
  readonly pod: Distribution;
  /** Pod ready → DittoServer Ready. */
  readonly toReady: Distribution;
  /** The three of them that are ours, summed sample by sample. */
  readonly own: Distribution;
}

/** Looks at settled DittoServers; everything per look. */
export interface Looks {
  readonly servers: number;
  readonly looks: number;
  readonly seconds: number;
  readonly events: number;
  readonly bytes: number;
  readonly writes: number;
  readonly reads: number;
  readonly usage: Usage;
  readonly rssAfterMib: Usage['peakRssMib'];
}

/** Resident memory with so many settled DittoServers. */
export interface Memory {
  readonly servers: number;
  readonly rssMib: Usage['peakRssMib'];
}

export interface Results {
  readonly date: string;
  /** The revision of the source, as git names it. */
  readonly revision: string;
  readonly machine: Machine;
  /** Before the scenarios, and after them. */
  readonly floors: readonly Floor[];
  readonly p1?: Latency;
  readonly p1b?: Latency;
  readonly p2?: Latency;
  readonly p3?: Latency;
  readonly fans: readonly FanIn[];
  readonly databases: readonly FanIn[];
  /** P4b. */
  readonly rest?: Rest;
  /** B-S9: one DittoServer whose API cannot be reached. */
  readonly refused?: Rest;
  /** B-S13. */
  readonly hanging?: Hanging;
  readonly serving?: Serving;
  readonly memory: readonly Memory[];
  readonly nudge?: Looks;
  readonly resync?: Looks;
}
