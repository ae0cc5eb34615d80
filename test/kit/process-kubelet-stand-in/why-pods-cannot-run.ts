// Whether this machine lets the kit run pods as processes, and if not, why: asked before a cluster starts, so that tests can be
// skipped with the reason and the demo can say it.
import { execFileSync } from 'node:child_process';
import { postgresPaths } from '../tools/postgres.ts';

let answer: { readonly reason: string | undefined } | undefined;

/** Undefined where pods can run; else a sentence. Asked once per process. */
export function whyPodsCannotRun(): string | undefined {
  answer ??= { reason: findReason() };
  return answer.reason;
}

function findReason(): string | undefined {
  if (process.getuid?.() !== 0) return 'pods run as processes only where the kit runs as root';
  const programs = ['ip', 'unshare', 'nsenter', 'setpriv', 'mount', 'chroot'];
  const missing = programs.filter((program) => !works('sh', '-c', `command -v ${program}`));
  if (missing.length > 0) return `these programs are missing: ${missing.join(', ')} (Debian: iproute2, util-linux)`;
  // Both are forbidden in many containers, also for root.
  const attempt = 'ip link add pods type bridge && mount -t tmpfs none /mnt && mount -t proc proc /mnt';
  if (!works('unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', 'sh', '-c', attempt)) {
    return 'this machine does not allow namespaces with networks and mounts of their own';
  }
  return whyNoPostgres();
}

function whyNoPostgres(): string | undefined {
  try {
    return postgresPaths().psql ? undefined : 'psql is missing (Debian: postgresql)';
  } catch (error) {
    return (error as Error).message;
  }
}

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
