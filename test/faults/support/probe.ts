// Loaded before the program (node --expose-gc --import): at SIGUSR2 it collects garbage and writes what is left, so that a test can tell
// what a process holds for good from what it has not thrown away yet.
import { renameSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

export interface Holdings {
  /** Bytes of the heap of the main thread after a collection. */
  readonly heapUsed: number;
  /** Bytes of the whole process. */
  readonly rss: number;
  /** What would keep the process alive, by type: `Timeout`, `TLSSocketWrap` and so on. */
  readonly resources: Readonly<Record<string, number>>;
}

const file = process.env['PROBE_FILE'] ?? '';

async function tell(): Promise<void> {
  // What a first collection finalizes a second one frees.
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await turn();
  }
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  const { heapUsed, rss } = process.memoryUsage();
  const holdings: Holdings = { heapUsed, rss, resources };
  writeFileSync(`${file}.new`, JSON.stringify(holdings));
  renameSync(`${file}.new`, file);
}

process.on('SIGUSR2', () => void tell());
