// The reasons that have to do with the Go operator that served before. A part of the one table in reasons.ts.
import type { ReasonEntry } from './reasons.ts';
import { BY_ITSELF } from './server-reasons.ts';

export const PREDECESSOR_REASONS = {
  TakeOverDue: {
    on: 'TakenOver',
    meaning: 'What the Go operator for DittoFS made is about to be taken over.',
    remedy: BY_ITSELF,
  },
  OtherOperatorActive: {
    on: 'TakenOver',
    meaning:
      'The Go operator for DittoFS writes to this DittoServer or to its objects. Nothing is written beside it, except this condition.',
    remedy:
      'Stop it (docs/operations/migrate.md). A minute after its last write its work is taken over, and everything goes on by itself.',
  },
  CRDOutdated: {
    on: 'ConfigReady',
    meaning:
      'All is well, but the installed CRD of DittoServers is older than the provisioner, the Go operator’s perhaps.',
    remedy: 'Apply deploy/crd of this version; until then the fields that the message names cannot be used.',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;
