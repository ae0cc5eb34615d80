// The network of a cluster's pods: a bridge in a network namespace of its own, to which every pod and this machine are linked, so
// that each pod has an address that this machine and every other pod reach, with all its ports. It needs no forwarding
// and leaves nothing: the links go with the processes that hold the namespaces. Pods reach nothing else.
import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { holdNamespaces } from '../network-namespace.ts';
import type { Workspace } from '../workspace.ts';

const execute = promisify(execFile);

export interface PodNetwork {
  /** This machine's address among the pods: where they reach programs that run outside. */
  readonly hostAddress: string;
  /** Nobody listens there: a Service without ready pods, at which connections are refused at once. */
  readonly refusingAddress: string;
  /** An address for a pod; `release` gives it back. */
  allocate(): string;
  release(address: string): void;
  /** Links the network namespace that a process holds. */
  attach(pid: number, address: string): Promise<void>;
}

/** Makes the network. Its processes and links are the workspace's. */
export async function createPodNetwork(workspace: Workspace): Promise<PodNetwork> {
  const node = await holdNamespaces(workspace, 'pod-network', ['--net']);
  const prefix = await freePrefix();
  const address = (last: number) => `${prefix}.${last}`;
  const [hostAddress, refusingAddress] = [address(1), address(2)];
  const hostLink = `kit${randomBytes(4).toString('hex')}h`;
  await ip(node.pid, [
    'link add pods type bridge',
    `addr add ${refusingAddress}/24 dev pods`,
    'link set pods up',
    'link set lo up',
  ]);
  await execute('ip', `link add ${hostLink} type veth peer name host netns ${node.pid}`.split(' '));
  await ip(node.pid, ['link set host master pods', 'link set host up']);
  await execute('ip', `addr add ${hostAddress}/24 dev ${hostLink}`.split(' '));
  await execute('ip', `link set ${hostLink} up`.split(' '));

  // The one that was free for longest is given next, so that nobody meets a stranger at an address that he remembers.
  const free = Array.from({ length: 240 }, (_, index) => address(index + 10));
  let links = 0;
  return {
    hostAddress,
    refusingAddress,
    allocate() {
      const next = free.shift();
      if (next === undefined) throw new Error('All addresses of the pod network are in use.');
      return next;
    },
    release: (unused) => void free.push(unused),
    async attach(pid, podAddress) {
      links += 1;
      const link = `pod${links}`;
      await execute('ip', `link add ${link} netns ${node.pid} type veth peer name eth0 netns ${pid}`.split(' '));
      await Promise.all([
        ip(node.pid, [`link set ${link} master pods`, `link set ${link} up`]),
        ip(pid, [`addr add ${podAddress}/24 dev eth0`, 'link set eth0 up', 'link set lo up']),
      ]);
    },
  };
}

/** Runs `ip` commands in the network namespace of a process. */
async function ip(pid: number, commands: readonly string[]): Promise<void> {
  const running = execute('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-']);
  running.child.stdin?.end(`${commands.join('\n')}\n`);
  await running;
}

/** A /24 out of 198.18.0.0/15, which is set apart for tests of networks (RFC 2544), that this machine has no route to. */
async function freePrefix(): Promise<string> {
  const { stdout: taken } = await execute('ip', ['-4', 'route', 'show']);
  for (;;) {
    const prefix = `198.${randomInt(18, 20)}.${randomInt(0, 256)}`;
    if (!taken.includes(`${prefix}.`)) return prefix;
  }
}
