// The stamp of a finished build: how a broken or half-finished one is noticed.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

interface FileStamp {
  readonly sha256: string;
  readonly size: number;
  readonly modifiedMs: number;
}

type Stamp = Readonly<Record<string, FileStamp>>;

const stampFile = 'stamp.json';

/** Writes the stamp; the last step of a build. */
export async function writeStamp(folder: string, files: readonly string[]): Promise<void> {
  const stamp: Record<string, FileStamp> = {};
  for (const file of files) stamp[file] = await stampOf(join(folder, file));
  writeFileSync(join(folder, stampFile), `${JSON.stringify(stamp, undefined, 2)}\n`);
}

/**
 * Whether a folder holds exactly what was built. Size and time decide for a file that was not touched since; a file
 * whose time differs (a copied or restored cache) is read through.
 */
export async function isIntact(folder: string, files: readonly string[]): Promise<boolean> {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, stampFile), 'utf8')) as Stamp;
    for (const file of files) {
      const expected = stamp[file];
      const { size, mtimeMs } = statSync(join(folder, file));
      if (expected?.size !== size) return false;
      if (expected.modifiedMs !== mtimeMs && expected.sha256 !== (await sha256(join(folder, file)))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function stampOf(path: string): Promise<FileStamp> {
  const { size, mtimeMs } = statSync(path);
  return { sha256: await sha256(path), size, modifiedMs: mtimeMs };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
