// A child process with a log file, a readiness condition and a sure end.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { pause } from './wait-for.ts';

export interface ProcessSpec {
  /** Names the log file and the error messages; one running process per name in a workspace. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process's own environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Nothing of this process's own environment: only `env`. */
  readonly bareEnv?: boolean;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Asked every 20 ms until it is true; an error counts as "not yet". Without it the process is ready when spawned. */
  readonly ready?: () => boolean | Promise<boolean>;
  /** How long `ready` may take. Default 60 000: a busy machine is slow, and a process that ends is noticed at once. */
  readonly readyTimeoutMs?: number;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** SIGKILL follows after this long. Default 5 000. */
  readonly stopGraceMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface KitProcess {
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  /** Sends a signal to the process and its children (its process group), without waiting. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it for sure: the stop signal, then SIGKILL. Returns when it is gone. */
  stop(): Promise<Exit>;
}

/** Told of the process group's life, so that somebody else can end it if this process cannot. */
export interface GroupClaim {
  started(group: number): void;
  ended(): void;
}

/** Starts a process in a group of its own and waits until it is ready. Throws with the end of its log if it is not. */
export async function startProcess(spec: ProcessSpec, logFile: string, claim: GroupClaim): Promise<KitProcess> {
  const child = spawnLogged(spec, logFile);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${spec.name} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    throw new Error(`${spec.name} could not be started: ${spec.command}`);
  }
  claim.started(pid);
  void exited.then(() => {
    // Children that it left behind end with it.
    signalGroup(pid, 'SIGKILL');
    claim.ended();
  });

  const running: KitProcess = {
    pid,
    logFile,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: (signal) => signalGroup(pid, signal),
    stop: () => stopGroup(pid, exited, spec),
  };
  await untilReady(spec, running).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  return running;
}

function spawnLogged(spec: ProcessSpec, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args ?? [], {
      // A folder that every user can enter and that is never removed.
      cwd: spec.cwd ?? '/',
      env: spec.bareEnv ? spec.env : { ...process.env, ...spec.env },
      detached: true,
      stdio: ['ignore', log, log],
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilReady(spec: ProcessSpec, running: KitProcess): Promise<void> {
  const { ready, readyTimeoutMs = 60_000 } = spec;
  if (!ready) return;
  const deadline = Date.now() + readyTimeoutMs;
  const isReady = async () => {
    try {
      return await ready();
    } catch {
      return false;
    }
  };
  while (!(await isReady())) {
    if (!running.isRunning()) throw new Error(`${spec.name} ended before it was ready. ${endOfLog(running.logFile)}`);
    if (Date.now() >= deadline) {
      throw new Error(`${spec.name} was not ready within ${readyTimeoutMs / 1000} s. ${endOfLog(running.logFile)}`);
    }
    await pause(20);
  }
}

async function stopGroup(pid: number, exited: Promise<Exit>, spec: ProcessSpec): Promise<Exit> {
  const { stopSignal = 'SIGTERM', stopGraceMs = 5_000 } = spec;
  signalGroup(pid, stopSignal);
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopGraceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // ESRCH: it is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function endOfLog(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15);
  return `The end of ${logFile}:\n${lines.join('\n')}`;
}
