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

/** Settled DittoServers, left alone. */
export interface Rest {
  readonly servers: number;
  readonly seconds: number;
  readonly writes: number;
  readonly reads: number;
  readonly events: number;
  readonly usage: Usage;
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
  readonly rest?: Rest;
  readonly memory: readonly Memory[];
  readonly nudge?: Looks;
  readonly resync?: Looks;
}
