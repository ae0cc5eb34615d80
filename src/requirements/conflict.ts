// An object that has the name of one of ours and is somebody else's: whose it is, and what a person can do.
import type { Live } from './facts.ts';

/** An object, as people name it, with what is known of it. */
export type Taken = readonly [object: string, live: Pick<Live, 'controller' | 'otherManagers'>];

function ownerOf({ controller, otherManagers }: Taken[1]): string {
  if (controller !== undefined) return controller;
  const managers = otherManagers.length > 0 ? ` (field manager ${otherManagers.join(', ')})` : '';
  return `somebody else${managers}`;
}

/** A sentence that names each object with its owner. What another controller makes must not be removed: it would come back, or be missed. */
export function conflictMessage(taken: readonly Taken[]): string {
  const clauses = taken.map(([object, live]) => `${object} exists and belongs to ${ownerOf(live)}`);
  const controlled = taken.some(([, { controller }]) => controller !== undefined);
  return `${clauses.join('; ')}: ${controlled ? '' : 'remove it, or '}use another name for the DittoServer`;
}
