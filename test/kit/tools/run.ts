// Runs a build command to its end; its output is shown only when it fails.
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Returns the standard output; throws with the end of everything that was printed. */
export async function run(command: string, args: readonly string[], { cwd, env }: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return stdout;
  throw new Error(
    `"${[command, ...args].join(' ')}" failed with ${code}:\n${printed.split('\n').slice(-30).join('\n')}`,
  );
}
