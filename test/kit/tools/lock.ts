// One install at a time: a lock of the kernel (flock), which ends with its holder and so is never stale.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Runs `work` while holding the lock; `onWait` is called once if somebody else holds it. */
export async function withLock<T>(lockFile: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lockFile), { recursive: true });
  // `cat` holds the lock until its standard input closes: at the end of the work, or with this process.
  const holder = spawn('flock', [lockFile, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = setTimeout(onWait, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', () => reject(new Error('The program flock is missing (Debian: util-linux).')));
      holder.once('exit', (code) => reject(new Error(`flock ended with ${code} on ${lockFile}.`)));
    });
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
