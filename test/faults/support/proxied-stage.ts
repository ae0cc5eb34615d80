// A stage whose provisioner reaches the API server only through the fault proxy.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WATCHED_KINDS } from '../../../src/watcher/kinds.ts';
import { useStage, type Stage, type StageOptions } from '../../cluster/support/stage.ts';
import {
  type FaultProxyOptions,
  type FaultProxyStandIn,
  startFaultProxyStandIn,
} from '../../kit/fault-proxy-stand-in.ts';
import type { Provisioner } from '../../kit/provisioner.ts';
import { createWorkspace, type Workspace } from '../../kit/workspace.ts';

/** Of list and watch, in the provisioner of one namespace: for DittoServers, and for each kind of their objects. */
export const LOOPS = 1 + WATCHED_KINDS.length;

export interface ProxiedStageOptions extends Omit<StageOptions, 'provisioner'> {
  readonly numbersAhead?: FaultProxyOptions['numbersAhead'];
  /** The token that the proxy demands at first, given to the provisioner in a file. */
  readonly token?: string;
}

/** Everything of it is there from `beforeAll` on. */
export interface ProxiedStage extends Omit<Stage, 'provisioner'> {
  readonly proxy: FaultProxyStandIn;
  readonly provisioner: Provisioner;
  readonly tokenFile: string;
}

interface Props {
  readonly workspace: Workspace;
  readonly proxy: FaultProxyStandIn;
  readonly provisioner: Provisioner;
  readonly tokenFile: string;
}

export function useProxiedStage({ numbersAhead, token, ...options }: ProxiedStageOptions): ProxiedStage {
  const stage = useStage({ ...options, provisioner: false });
  let props: Props | undefined;
  const there = (): Props => {
    if (!props) throw new Error('The stage is not set yet: use it inside of tests.');
    return props;
  };

  beforeAll(async () => {
    const workspace = createWorkspace(options.name);
    const tokenFile = join(workspace.folder, 'token');
    if (token !== undefined) writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const proxy = await startFaultProxyStandIn(workspace, {
      kubeconfig: stage.cluster.kubeconfig('provisioner'),
      ...(numbersAhead && { numbersAhead }),
      ...(token !== undefined && { tokenFile }),
    });
    if (token !== undefined) proxy.requireToken(token);
    const provisioner = await stage.start({ env: { KUBECONFIG: proxy.kubeconfig } });
    props = { workspace, proxy, provisioner, tokenFile };
  });
  afterAll(async () => {
    await props?.provisioner.stop();
    await props?.workspace.dispose();
  });

  const own = {
    get proxy() {
      return there().proxy;
    },
    get provisioner() {
      return there().provisioner;
    },
    get tokenFile() {
      return there().tokenFile;
    },
  };
  return Object.defineProperties(Object.create(stage) as Stage, Object.getOwnPropertyDescriptors(own)) as ProxiedStage;
}
