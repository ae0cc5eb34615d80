// One run of a container: its program as a process on this machine, in the pod's network, with a file system and processes of its own.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit, KitProcess } from '../process.ts';
import { waitFor } from '../wait-for.ts';
import type { Workspace } from '../workspace.ts';
import { ConfigError } from './environment.ts';
import type { Program } from './images.ts';
import type { RunnableContainer, RunnablePod, SecurityContext } from './pod-types.ts';
import { namespaceOf } from './pod-types.ts';

/** What a pod gives its containers. */
export interface PodPlace {
  readonly workspace: Workspace;
  readonly folder: string;
  /** The process that holds the pod's namespaces. */
  readonly holderPid: number;
  readonly hostsFile: string;
  readonly volumes: ReadonlyMap<string, string>;
}

export interface ContainerProcess {
  readonly exited: Promise<Exit>;
  /** To the program itself, as a kubelet does: what it started is its own business. */
  signal(signal: NodeJS.Signals): void;
  /** Runs a command beside the program, as its user; `input` is what the command reads. */
  execute(command: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<Executed>;
  /** What the container leaves as its last word. */
  terminationMessage(exit: Exit): string;
}

export interface Executed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const script = join(import.meta.dirname, 'container-root.sh');

/** What is to run, and where. */
export interface ContainerSpec {
  readonly pod: RunnablePod;
  readonly container: RunnableContainer;
  readonly program: Program;
  readonly place: PodPlace;
}

type Environment = Readonly<Record<string, string>>;

/** Starts the program. Throws a ConfigError for settings that a kubelet refuses. */
export async function startContainer(
  { pod, container, program, place }: ContainerSpec,
  environment: Environment,
): Promise<ContainerProcess> {
  const folder = join(place.folder, 'containers', container.name);
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const messageFile = join(folder, 'termination-log');
  writeFileSync(messageFile, '', { mode: 0o666 });
  const identity = identityOf(pod, container, program);
  const env = { PATH: program.path, HOSTNAME: pod.metadata.name, HOME: homeOf(identity.uid, program), ...environment };
  const [namespaces, rootArgs] = [namespaceArgs(place.holderPid), rootOptions(container, program, place, messageFile)];
  const name = `${namespaceOf(pod)}_${pod.metadata.name}_${container.name}`;
  const log = join(place.workspace.folder, 'logs', `${name}.log`);
  const logStart = existsSync(log) ? statSync(log).size : 0;
  const fork = ['unshare', '--mount', '--pid', '--fork', '--kill-child=SIGKILL'];
  const enter = [...namespaces, ...fork, 'sh', script, root, log];
  const running = await place.workspace.start({
    // Its own log is that of whoever waits for the program.
    name: `${name}.exit`,
    command: 'nsenter',
    args: [...enter, ...rootArgs, '--', ...privileges(container, identity), ...commandLine(container, program, env)],
    env,
    bareEnv: true,
    // How the kit ends it; a pod is stopped through `signal`.
    stopSignal: 'SIGKILL',
  });
  const main = await mainProcess(running);
  return {
    exited: running.exited.then((exit) => trueExit(exit, running.logFile)),
    signal: (signal) => signalProcess(main, signal),
    execute: (command, options) => execute({ pid: main, ...identity, env }, command, options),
    terminationMessage: (exit) => lastWord(container, exit, messageFile, { file: log, start: logStart }),
  };
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

function identityOf({ spec }: RunnablePod, { securityContext, name }: RunnableContainer, program: Program): Identity {
  const context: SecurityContext = { ...spec.securityContext, ...securityContext };
  const uid = context.runAsUser ?? program.uid;
  if (context.runAsNonRoot && uid === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root (container: ${name})`);
  }
  const gid = context.runAsGroup ?? (uid === program.uid ? program.gid : 0);
  const { fsGroup, supplementalGroups = [] } = spec.securityContext ?? {};
  return { uid, gid, groups: [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])] };
}

function homeOf(uid: number, program: Program): string {
  return uid === program.uid && uid !== 0 ? program.workingDir : uid === 0 ? '/root' : '/';
}

function namespaceArgs(holderPid: number): string[] {
  return ['net', 'uts', 'ipc'].map((kind) => `--${kind}=/proc/${holderPid}/ns/${kind}`);
}

function rootOptions(container: RunnableContainer, program: Program, place: PodPlace, messageFile: string): string[] {
  const files = Object.entries(program.files).flatMap(([to, from]) => ['--ro', from, to]);
  const mounts = [...(container.volumeMounts ?? [])]
    // A mount within another one comes after it.
    .sort((a, b) => a.mountPath.length - b.mountPath.length)
    .flatMap(({ name, mountPath, subPath = '', readOnly }) => {
      const folder = place.volumes.get(name);
      if (folder === undefined) throw new ConfigError(`volume mount "${name}" names no volume of the pod`);
      return [readOnly ? '--ro' : '--rw', join(folder, subPath), mountPath];
    });
  const passwd = ['root:x:0:0:root:/root:/bin/sh', `${program.userName}:x:${program.uid}:${program.gid}::/:/bin/sh`];
  return [
    ...['--passwd', [...new Set(program.uid === 0 ? passwd.slice(0, 1) : passwd)].join('\n')],
    ...files,
    ...['--ro', place.hostsFile, '/etc/hosts'],
    ...mounts,
    ...['--rw', messageFile, container.terminationMessagePath ?? '/dev/termination-log'],
    ...(container.securityContext?.readOnlyRootFilesystem ? ['--read-only'] : []),
    ...['--workdir', container.workingDir ?? program.workingDir],
  ];
}

function privileges({ securityContext = {} }: RunnableContainer, { uid, gid, groups }: Identity): string[] {
  const dropsAll = securityContext.capabilities?.drop?.includes('ALL') ?? false;
  return [
    ...['--reuid', String(uid), '--regid', String(gid)],
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups']),
    ...(dropsAll ? ['--bounding-set=-all', '--inh-caps=-all'] : []),
    ...(securityContext.allowPrivilegeEscalation === false ? ['--no-new-privs'] : []),
  ];
}

/** A container's command replaces the image's entrypoint and its command; arguments alone replace the command. */
function commandLine({ command, args }: RunnableContainer, program: Program, env: Environment) {
  const line = command ? [...command, ...(args ?? [])] : [...program.entrypoint, ...(args ?? program.command)];
  return line.map((word) => word.replaceAll(/\$\(([\w.-]+)\)/g, (whole, name: string) => env[name] ?? whole));
}

/** `unshare` of util-linux 2.38 ends with 1 and these words when the program was ended by SIGKILL, which it cannot send to itself. */
function trueExit(exit: Exit, logFile: string): Exit {
  const isKill =
    exit.code === 1 && readFileSync(logFile, 'utf8').endsWith('sigprocmask unblock failed: Invalid argument\n');
  return isKill ? { code: null, signal: 'SIGKILL' } : exit;
}

/**
 * The first process of the container, the child of the `unshare` that this machine runs, once it is the program: before that, a
 * signal would be lost on the script. Undefined when it has ended already.
 */
async function mainProcess(running: KitProcess): Promise<number | undefined> {
  const main = await waitFor(
    'the container',
    () => {
      if (!running.isRunning()) return 'ended';
      const child = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim();
      return child !== '' && !isPreparing(readFileSync(`/proc/${child}/cmdline`, 'utf8')) && child;
    },
    { timeoutMs: 60_000, everyMs: 5 },
  );
  return main === 'ended' ? undefined : Number(main);
}

/** Whether a command line is that of the script, or of one of the programs that it ends in. */
function isPreparing(commandLine: string): boolean {
  const [program, option = ''] = commandLine.split('\0');
  if (option === script) return true;
  const isLast = { unshare: '--mount', chroot: '/', env: '-C', setpriv: '--reuid' };
  return Object.entries(isLast).some(([name, start]) => program === name && option.startsWith(start));
}

function signalProcess(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

interface Beside extends Identity {
  readonly pid: number | undefined;
  readonly env: Environment;
}

function execute(
  { pid, uid, gid, env }: Beside,
  command: readonly string[],
  { input = '', timeoutMs = 30_000 }: { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<Executed> {
  const all = ['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
  const args = [...all, '--setuid', String(uid), '--setgid', String(gid), '--', ...command];
  return new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, killSignal: 'SIGKILL' as const };
    const child = execFile('nsenter', args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 137) : 0;
      resolve({ exitCode: code, stdout, stderr });
    });
    // The command may end without reading.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** At most 4096 bytes of the file; where it is empty and the container asks for it, the end of a failed run's log. */
function lastWord(
  { terminationMessagePolicy }: RunnableContainer,
  { code }: Exit,
  messageFile: string,
  log: { readonly file: string; readonly start: number },
): string {
  const written = readFileSync(messageFile, 'utf8');
  if (written !== '' || terminationMessagePolicy !== 'FallbackToLogsOnError' || code === 0)
    return written.slice(0, 4096);
  const lines = readFileSync(log.file).subarray(log.start).toString().split('\n');
  return lines.slice(-81).join('\n').slice(-2048);
}
