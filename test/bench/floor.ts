// The floor: how fast this API server takes plain writes on this machine, with nothing else running.
import { startSampling, untilCalm } from './usage.ts';
import { byClients } from './servers.ts';
import { onGround, type Ground } from './stage.ts';
import { distribution } from './statistics.ts';
import type { Floor } from './results.ts';

export interface FloorOptions {
  /** Writes by one client. */
  readonly writes: number;
  /** How long four clients write. */
  readonly seconds: number;
}

const CLIENTS = 4;

/** Measures on a cluster of its own. */
export function measureFloor(options: FloorOptions): Promise<Floor> {
  return onGround('floor', (ground) => measure(ground, options));
}

async function measure({ cluster, namespace }: Ground, { writes, seconds }: FloorOptions): Promise<Floor> {
  let number = 0;
  const write = async (): Promise<void> => {
    const metadata = { namespace, name: `floor-${(number += 1)}` };
    await cluster.admin.create({ ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { key: 'value' } }, metadata });
  };
  const usage = startSampling({
    provisioner: [],
    temporal: [],
    controlPlane: [cluster.pidOf('etcd'), cluster.pidOf('kube-apiserver')],
  });
  await untilCalm(usage);
  // The first ones open connections and warm up compilers.
  await byClients(Array.from({ length: 50 }), write, CLIENTS);

  const samplesMs: number[] = [];
  for (let i = 0; i < writes; i += 1) {
    const began = performance.now();
    await write();
    samplesMs.push(performance.now() - began);
  }

  const began = performance.now();
  const before = number;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (performance.now() - began < seconds * 1_000) await write();
    }),
  );
  const elapsedMs = performance.now() - began;
  const written = number - before;
  const { cpuMs } = usage.since(began);
  usage.stop();
  return {
    oneWrite: distribution(samplesMs),
    writesPerSecond: (written / elapsedMs) * 1_000,
    controlPlaneMsPerWrite: cpuMs.controlPlane / written,
  };
}
