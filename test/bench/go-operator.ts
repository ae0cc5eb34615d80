// The figures of the Go dittofs-operator v0.29.0 (controller-runtime 0.22.4), measured with these scenarios on a machine of 2 cores,
// without Temporal and with everything on the same machine; where a scenario ran twice, both runs are in the text. Constants: they
// are not measured here.

export const GO_OPERATOR = {
  machine: '2 cores AMD EPYC (virtual), 24 GB, Linux 6.18; kube-apiserver 1.36.3, etcd 3.6.8',
  floor: {
    /** One write of a ConfigMap by one client. */
    oneWriteMs: 2.0,
    /** Four clients; the mean of two runs, 1,072 and 759. */
    writesPerSecond: (1_072 + 759) / 2,
    text: '2.0 ms; 1,072 / 759 writes/s',
  },
  /** p50, for ratios (the mean of two runs), and what was seen. */
  p1: { p50Ms: 15, text: 'p50 16 / 14 ms, p95 21, max 22' },
  p1b: { p50Ms: 4_900, text: 'p50 4.9 s, p95 9.4, max 10.0' },
  p2: { p50Ms: 32.5, text: 'p50 36 / 29 ms, p95 87 / 40, max 104 / 41' },
  fans: [
    { servers: 50, perSecond: 28.5, text: '2.1 / 1.5 s (24–33/s); 61 MiB', cpuMs: { operator: 10, controlPlane: 38 } },
    { servers: 200, perSecond: 34, text: '5.9 s (34/s); 71 MiB', cpuMs: { operator: 8, controlPlane: 31 } },
    { servers: 500, perSecond: 27.8, text: '19.2 / 16.9 s (26–30/s); 90 MiB', cpuMs: { operator: 9, controlPlane: 37 } },
  ],
  databases: [
    { servers: 50, perSecond: 16.4, p50Ms: 360, maxMs: 825, text: '3.0 / 3.1 s; ready → StatefulSet p50 0.31 / 0.41 s, max 0.83' },
    { servers: 200, perSecond: 20.5, p50Ms: 3_000, maxMs: 4_650, text: '9.2 / 10.4 s; ready → StatefulSet p50 2.9 / 3.1 s, p95 4.1 / 4.6, max 4.7 / 4.6' },
  ],
  /** Write attempts of one basic DittoServer until quiet. */
  writes: '14.7 at 50, 16.2 at 500',
  p3: 'no replica ready: 0 of 5 noticed; ready and authenticated: p50 11.7 s, p95 29.5, max 30.0',
  p4: '0 writes/min, 0.02 CPU s/min, 58 MiB (P4: no replica ready, 120 s)',
  p4b: '14,603 writes/min, 2,434 reconciles/min, 7,302 server calls/min, 15.4 CPU s/min (P4b: 50 authenticated, 120 s); 32 of them: 780 writes/min, one: 24',
  bs9: '14,659 / 15,224 writes/min, 2,931 / 3,044 reconciles/min, 16 CPU s/min (B-S9, 60 s)',
  /** Edit → ConfigMap, 20 healthy ones. */
  bs13: { alone: 'p50 31 ms, p95 36, max 39', beside: 'p50 9.8 s, p95 10.1, max 10.2 (min 4.7)' },
  bx2: '3.4–6.9 s (B-X2: on SQLite, without Percona; 3 s of it the wait for the server to boot)',
  p5: '51 MiB empty, 64 at 100, 90 at 500, 119 at 1,000',
} as const; // prettier-ignore
