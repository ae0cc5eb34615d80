// The folder of one cluster (or of one lone process) and everything that must be gone when it is stopped. A reaper, a
// small shell script on the other end of a pipe, cleans up when this process dies without having stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KitProcess, type ProcessSpec, startProcess } from './process.ts';

export interface Workspace {
  readonly folder: string;
  /** Starts a process whose log is `logs/<name>.log`; it is ended with the workspace at the latest. */
  start(spec: ProcessSpec): Promise<KitProcess>;
  /** The id of a running process, by its name. Throws when there is none. */
  pidOf(name: string): number;
  /** Runs `close` when the workspace is disposed of, last added first, before processes are stopped. */
  onDispose(close: () => void | Promise<void>): void;
  /** Ends every process and removes the folder (KIT_KEEP=1 leaves the folder). Safe to call twice. */
  dispose(): Promise<void>;
}

/** Makes a workspace under the system's temporary folder. */
export function createWorkspace(name: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), `dittoserver-kit-${name}-`));
  // Others may pass through (PostgreSQL runs as another user), not look inside.
  chmodSync(folder, 0o711);
  const claims = join(folder, 'reap');
  mkdirSync(claims, { mode: 0o700 });
  mkdirSync(join(folder, 'logs'), { mode: 0o700 });
  const keep = process.env['KIT_KEEP'] === '1';
  if (keep) writeFileSync(join(claims, 'keep'), '');

  const reaper = startReaper(folder);
  const processes = new Map<KitProcess, string>();
  const closers: (() => void | Promise<void>)[] = [];
  let disposal: Promise<void> | undefined;

  async function disposeOnce(): Promise<void> {
    for (const close of closers.reverse()) await close();
    await Promise.all([...processes.keys()].map((child) => child.stop()));
    rmSync(keep ? claims : folder, { recursive: true, force: true });
    reaper.ref();
    reaper.stdin?.end();
    await new Promise((resolve) => (reaper.exitCode === null ? reaper.once('exit', resolve) : resolve(undefined)));
  }

  return {
    folder,
    async start(spec) {
      const claim = join(claims, `group.${spec.name}`);
      const child = await startProcess(spec, join(folder, 'logs', `${spec.name}.log`), {
        started: (group) => writeFileSync(claim, `${group} ${(spec.stopSignal ?? 'SIGTERM').slice(3)}\n`),
        ended: () => rmSync(claim, { force: true }),
      });
      processes.set(child, spec.name);
      void child.exited.then(() => processes.delete(child));
      return child;
    },
    pidOf(name) {
      const [child] = [...processes].find(([, of]) => of === name) ?? [];
      if (!child) throw new Error(`No process of the name ${name} runs in ${folder}.`);
      return child.pid;
    },
    onDispose: (close) => void closers.push(close),
    dispose: () => (disposal ??= disposeOnce()),
  };
}

function startReaper(folder: string): ChildProcess {
  const script = join(import.meta.dirname, 'reaper.sh');
  if (!existsSync(script)) throw new Error(`The kit's reaper is missing: ${script}`);
  const reaper = spawn('sh', [script, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  reaper.unref();
  // The pipe must not keep this process alive: its end is what the reaper waits for.
  (reaper.stdin as unknown as { unref(): void }).unref();
  return reaper;
}
