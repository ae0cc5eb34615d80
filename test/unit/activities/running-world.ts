// A small world in which a server runs, and what its DittoServer tells.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

export const SQLITE: DittoServerSpec = { storage: { metadataSize: '5Gi' } };
export const PERCONA: DittoServerSpec = { ...SQLITE, percona: { enabled: true } };

/** A world whose pods run; the server's API has not been asked yet. */
export async function running(spec: DittoServerSpec): Promise<SmallWorld> {
  const world = smallWorld(spec);
  await world.pass();
  if (spec.percona) {
    world.databaseIs('ready');
    await world.pass();
  }
  world.podsRun();
  return world;
}

export interface Told {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** One condition of the DittoServer. */
export function the(world: SmallWorld, type: string): Told | undefined {
  const status = world.kube.find('DittoServer', 'files')?.['status'] as { conditions?: Told[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
}
