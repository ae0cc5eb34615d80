// Every protocol adapter that the server has switched on runs, and clients reach it by a Service that its NetworkPolicy lets through.
// What an adapter does never reaches the pod's template.
import type { KnownAdapter } from '../api/verdict.ts';
import { judgeChildren } from './children.ts';
import { met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

function judgeHealth(adapters: readonly KnownAdapter[]): Finding {
  const enabled = adapters.filter(({ enabled: on }) => on);
  const ill = enabled.filter(({ healthy }) => !healthy);
  if (ill.length > 0) {
    const which = ill.map(({ type, port }) => `${type} (port ${port})`).join(', ');
    return wait('AdapterNotHealthy', `switched on, but not running: ${which}`);
  }
  const told = enabled.map(({ type, port }) => `${type} on port ${port}`).join(', ');
  return met('AdaptersReachable', told === '' ? 'no adapter is switched on' : told);
}

export const adaptersExposed: Requirement = {
  name: 'adaptersExposed',
  condition: 'AdaptersExposed',
  judge: (facts) => {
    if (wantedReplicas(facts) === 0) return OFF;
    const { adapters } = facts.memory.serverApi ?? {};
    if (!adapters) return pending('Blocked', 'the adapters are not known before the server’s API has answered');
    const { serverApi, memory } = facts;
    const due = { step: 'exposeAdapters', reason: 'AdaptersDue' } as const;
    return judgeChildren(serverApi.adapters, memory.applied, due) ?? judgeHealth(adapters);
  },
};
