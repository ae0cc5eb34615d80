// A network namespace with a link to this machine, for programs whose ports are fixed on all addresses (root only).
// It has no name and so no mount: a process holds it, and it goes, with its link, when the processes in it are gone.
import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import type { KitProcess } from './process.ts';
import { waitFor } from './wait-for.ts';
import type { Workspace } from './workspace.ts';

const execute = promisify(execFile);

export interface NetworkNamespace {
  /** The machine's end of the link: what programs inside reach the machine by. */
  readonly hostAddress: string;
  /** The namespace's end: what the machine reaches programs inside by. */
  readonly insideAddress: string;
  /** The command line that runs a program inside. */
  enter(command: string, ...args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
}

/**
 * Makes a namespace with addresses of its own out of 169.254.0.0/16 (link-local, so that they mean nothing elsewhere).
 * Returns undefined where it cannot be done: not root, no iproute2, or a container that forbids it.
 */
export async function createNetworkNamespace(workspace: Workspace): Promise<NetworkNamespace | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = randomBytes(4).toString('hex');
  const holder = await holdNamespaces(workspace, `network-${id}`, ['--net']).catch(() => undefined);
  if (!holder) return undefined;
  const enter: NetworkNamespace['enter'] = (command, ...args) => ({
    command: 'nsenter',
    args: [`--net=/proc/${holder.pid}/ns/net`, command, ...args],
  });
  try {
    const { hostAddress, insideAddress } = await freeAddresses();
    const [host, inside] = [`kit${id}h`, `kit${id}i`];
    await run('ip', 'link', 'add', host, 'type', 'veth', 'peer', 'name', inside, 'netns', String(holder.pid));
    await run('ip', 'addr', 'add', `${hostAddress}/30`, 'dev', host);
    await run('ip', 'link', 'set', host, 'up');
    const setUpInside = [`addr add ${insideAddress}/30 dev ${inside}`, `link set ${inside} up`, 'link set lo up'];
    for (const step of setUpInside) {
      const { command, args } = enter('ip', ...step.split(' '));
      await run(command, ...args);
    }
    return { hostAddress, insideAddress, enter };
  } catch {
    await holder.stop();
    return undefined;
  }
}

/**
 * Starts a process that holds new namespaces (options of unshare, `--net` among them) until it is stopped; with a host name, if
 * there is one to set. Throws where it cannot be done.
 */
export async function holdNamespaces(
  workspace: Workspace,
  name: string,
  kinds: readonly string[],
  hostName?: string,
): Promise<KitProcess> {
  const named = hostName === undefined ? [] : ['sh', '-c', 'hostname "$1" && exec sleep infinity', 'sh', hostName];
  const holder = await workspace.start({
    name,
    command: 'unshare',
    args: [...kinds, ...(named.length > 0 ? named : ['sleep', 'infinity'])],
    stopSignal: 'SIGKILL',
  });
  const isSleeping = () => readFileSync(`/proc/${holder.pid}/comm`, 'utf8').trim() === 'sleep';
  const isThere = () => namespaceOf(holder.pid) !== namespaceOf('self') && isSleeping();
  try {
    await waitFor('the namespaces', () => !holder.isRunning() || isThere(), { timeoutMs: 10_000, everyMs: 3 });
    if (!holder.isRunning()) throw new Error(`The namespaces ${kinds.join(' ')} were refused: see ${holder.logFile}`);
    return holder;
  } catch (error) {
    await holder.stop();
    throw error;
  }
}

function namespaceOf(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  return (await execute(command, args)).stdout;
}

/** A /30 that no interface of this machine has. */
async function freeAddresses(): Promise<Pick<NetworkNamespace, 'hostAddress' | 'insideAddress'>> {
  const taken = await run('ip', '-4', '-brief', 'addr', 'show');
  for (;;) {
    // RFC 3927 reserves the first and the last 256 addresses; clouds serve their metadata at 169.254.169.254.
    const [third, block] = [randomInt(1, 255), randomInt(0, 64) * 4];
    const prefix = `169.254.${third}`;
    if (third !== 169 && !taken.includes(`${prefix}.${block + 1}/`)) {
      return { hostAddress: `${prefix}.${block + 1}`, insideAddress: `${prefix}.${block + 2}` };
    }
  }
}
